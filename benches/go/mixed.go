// Command mixed measures upstream's allocator on a mixed queue: 20 device models, 5 kinds of claim, pods in turn.
//
// benches/against_upstream.sh copies it into the oracle's module. It writes the workload as a case of kind alloc-bench
// (with `shapes`, the claims of each kind, and `order`, the kind of each pod) and prints what upstream did and took.
package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	resourceapi "k8s.io/api/resource/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured"
)

const (
	driver = "gpu.example.com"
	models = 20
)

type world struct {
	Features       []string                       `json:"features"`
	Variant        string                         `json:"variant"`
	DeviceClasses  []*resourceapi.DeviceClass     `json:"deviceClasses"`
	ResourceSlices []*resourceapi.ResourceSlice   `json:"resourceSlices"`
	Nodes          []*v1.Node                     `json:"nodes"`
	Shapes         [][]*resourceapi.ResourceClaim `json:"shapes"`
	Order          []int                          `json:"order"`
	Pods           int                            `json:"pods"`
	Feasible       int                            `json:"feasible"`
}

func selector(text string) resourceapi.DeviceSelector {
	return resourceapi.DeviceSelector{CEL: &resourceapi.CELDeviceSelector{Expression: text}}
}

func request(name string, count int64, selectors ...string) resourceapi.DeviceRequest {
	exactly := &resourceapi.ExactDeviceRequest{DeviceClassName: "gpu", AllocationMode: resourceapi.DeviceAllocationModeExactCount, Count: count}
	for _, text := range selectors {
		exactly.Selectors = append(exactly.Selectors, selector(text))
	}
	return resourceapi.DeviceRequest{Name: name, Exactly: exactly}
}

func claim(match bool, requests ...resourceapi.DeviceRequest) []*resourceapi.ResourceClaim {
	c := &resourceapi.ResourceClaim{TypeMeta: metav1.TypeMeta{APIVersion: "resource.k8s.io/v1", Kind: "ResourceClaim"},
		ObjectMeta: metav1.ObjectMeta{Name: "claim", Namespace: "default"}}
	c.Spec.Devices.Requests = requests
	if match {
		numa := resourceapi.FullyQualifiedName(driver + "/numa")
		c.Spec.Devices.Constraints = []resourceapi.DeviceConstraint{{MatchAttribute: &numa}}
	}
	return []*resourceapi.ResourceClaim{c}
}

func build(nodes, pods, feasible int) *world {
	w := &world{Variant: "incubating", Pods: pods, Feasible: feasible, Features: []string{"DRAAdminAccess", "DRAConsumableCapacity",
		"DRADeviceBindingConditions+DRAResourceClaimDeviceStatus", "DRADeviceTaints", "DRAPartitionableDevices", "DRAPrioritizedList"}}
	class := &resourceapi.DeviceClass{TypeMeta: metav1.TypeMeta{APIVersion: "resource.k8s.io/v1", Kind: "DeviceClass"}, ObjectMeta: metav1.ObjectMeta{Name: "gpu"}}
	class.Spec.Selectors = []resourceapi.DeviceSelector{selector(fmt.Sprintf("device.driver == %q", driver))}
	w.DeviceClasses = []*resourceapi.DeviceClass{class}
	for i := range nodes {
		name := fmt.Sprintf("node-%05d", i)
		w.Nodes = append(w.Nodes, &v1.Node{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}, ObjectMeta: metav1.ObjectMeta{Name: name}})
		s := &resourceapi.ResourceSlice{TypeMeta: metav1.TypeMeta{APIVersion: "resource.k8s.io/v1", Kind: "ResourceSlice"}, ObjectMeta: metav1.ObjectMeta{Name: name + "-gpu"},
			Spec: resourceapi.ResourceSliceSpec{Driver: driver, NodeName: &name, Pool: resourceapi.ResourcePool{Name: name, Generation: 1, ResourceSliceCount: 1}}}
		model := i % models
		product := fmt.Sprintf("model-%d", model)
		for d := range 8 {
			numa := int64(d / 4)
			s.Spec.Devices = append(s.Spec.Devices, resourceapi.Device{Name: fmt.Sprintf("gpu-%d", d),
				Attributes: map[resourceapi.QualifiedName]resourceapi.DeviceAttribute{"productName": {StringValue: &product}, "numa": {IntValue: &numa}},
				Capacity:   map[resourceapi.QualifiedName]resourceapi.DeviceCapacity{"memory": {Value: resource.MustParse(fmt.Sprintf("%dGi", 16+8*model))}}})
		}
		w.ResourceSlices = append(w.ResourceSlices, s)
	}
	attributes, capacity := fmt.Sprintf("device.attributes[%q]", driver), fmt.Sprintf("device.capacity[%q]", driver)
	w.Shapes = [][]*resourceapi.ResourceClaim{
		claim(false, request("one", 1)),
		claim(false, request("product", 2, attributes+`.productName in ["model-3", "model-7", "model-11", "model-19"]`)),
		claim(true, request("four", 4, capacity+`.memory.compareTo(quantity("40Gi")) >= 0`)),
		claim(false, request("large", 1, capacity+`.memory.isGreaterThan(quantity("120Gi"))`)),
		claim(true, request("a", 1), request("b", 1, capacity+`.memory.compareTo(quantity("64Gi")) >= 0`)),
	}
	for i := range pods {
		w.Order = append(w.Order, i%len(w.Shapes))
	}
	return w
}

type lister []*resourceapi.DeviceClass

func (l lister) List() ([]*resourceapi.DeviceClass, error) { return l, nil }

func (l lister) Get(name string) (*resourceapi.DeviceClass, error) {
	for _, c := range l {
		if c.Name == name {
			return c, nil
		}
	}
	return nil, apierrors.NewNotFound(resourceapi.Resource("deviceclass"), name)
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

type measured struct {
	Pods        int     `json:"pods"`
	Placed      int     `json:"placed"`
	Calls       int     `json:"allocate_calls"`
	Invocations int64   `json:"allocate_one_invocations"`
	TimedOut    bool    `json:"timed_out"`
	CPUSeconds  float64 `json:"cpu_seconds"`
}

func place(w *world, limit time.Duration) measured {
	features := structured.Features{AdminAccess: true, ConsumableCapacity: true, DeviceBindingAndStatus: true, DeviceTaints: true,
		PartitionableDevices: true, PrioritizedList: true}
	structured.EnableAllocators(w.Variant)
	cache := cel.NewCache(10, cel.Features{EnableConsumableCapacity: true})
	state := structured.AllocatedState{AllocatedDevices: sets.New[structured.DeviceID](), AllocatedSharedDeviceIDs: sets.New[structured.SharedDeviceID](),
		AggregatedCapacity: structured.NewConsumedCapacityCollection()}
	ctx := context.Background()
	var m measured
	begin, wall, start := cpu(), time.Now(), 0
	for _, shape := range w.Order {
		if time.Since(wall) > limit {
			break
		}
		allocator, err := structured.NewAllocator(ctx, features, state, lister(w.DeviceClasses), w.ResourceSlices, cache)
		if err != nil {
			panic(err)
		}
		first, found := start, 0
		var taken []resourceapi.DeviceRequestAllocationResult
		for i := 0; i < len(w.Nodes) && found < w.Feasible; i++ {
			index := (first + i) % len(w.Nodes)
			m.Calls++
			result, err := allocator.Allocate(ctx, w.Nodes[index], w.Shapes[shape])
			if err != nil {
				panic(err)
			}
			if result == nil {
				continue
			}
			if found++; found == 1 {
				start = index
				for _, r := range result {
					taken = append(taken, r.Devices.Results...)
				}
			}
		}
		for _, d := range taken {
			state.AllocatedDevices.Insert(structured.MakeDeviceID(d.Driver, d.Pool, d.Device))
		}
		stats := reflect.ValueOf(allocator).MethodByName("GetStats").Call(nil)[0]
		m.Invocations += stats.FieldByName("NumAllocateOneInvocations").Int()
		m.Pods++
		if found > 0 {
			m.Placed++
		}
	}
	m.CPUSeconds = (cpu() - begin).Seconds()
	return m
}

func main() {
	nodes := flag.Int("nodes", 1000, "number of nodes")
	pods := flag.Int("pods", 4000, "number of pods")
	feasible := flag.Int("feasible", 1, "feasible nodes to find for each pod")
	limit := flag.Duration("limit", time.Minute, "no pod is begun after this time")
	out := flag.String("out", "case.jsonl.gz", "file for the case")
	flag.Parse()
	w := build(*nodes, *pods, *feasible)
	m := place(w, *limit)
	file, err := os.Create(*out)
	if err != nil {
		panic(err)
	}
	zip := gzip.NewWriter(file)
	encoder := json.NewEncoder(zip)
	header := map[string]string{"kind": "alloc-bench", "schema": "drasim.cases/v1", "note": "benches/go/mixed.go", "upstream": "k8s.io/dynamic-resource-allocation"}
	for _, line := range []any{header, map[string]any{"name": "mixed", "in": w}} {
		if err := encoder.Encode(line); err != nil {
			panic(err)
		}
	}
	if err := zip.Close(); err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(m); err != nil {
		panic(err)
	}
}
