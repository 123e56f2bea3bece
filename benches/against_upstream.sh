#!/usr/bin/env bash
# The allocator against the Go module, on identical work. Needs Go and the oracle program (ORACLE, default ../shared/oracle).
#   benches/against_upstream.sh [SECONDS]     most seconds of each Go run (default 60)
# Go runs first, alone; then drasim repeats its work. Times are CPU times, so a busy machine matters little; take ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
limit="${1:-60}"
oracle="${ORACLE:-../shared/oracle}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cp -r "$oracle/." "$work/go"
chmod -R u+w "$work/go"
mkdir "$work/go/cmd/mixed"
cp benches/go/mixed.go "$work/go/cmd/mixed/main.go"
(cd "$work/go" && go build -o bin/ ./cmd/...)

# NAME SHAPE NODES VARIANT FEASIBLE PODS: as many pods as fill the cluster, or as many as the limit allows.
folders=()
measure() {
    local folder="$work/$1"
    mkdir "$folder"
    local common=(bench --shape "$2" --nodes "$3" --variant "$4" --feasible "$5")
    "$work/go/bin/alloc" "${common[@]}" --pods 1 --emit --out "$folder/case.jsonl.gz" 2> /dev/null
    "$work/go/bin/alloc" "${common[@]}" --pods "$6" --timeout "${limit}s" > "$folder/go.json"
    folders+=("$folder")
    echo "measured $1" >&2
}

for variant in stable incubating; do
    for nodes in 1000 5000; do
        [ "$nodes" = 1000 ] && feasible=420 || feasible=500
        measure "single-$nodes-$variant" single "$nodes" "$variant" 1 $((8 * nodes))
        measure "match4-$nodes-$variant" match4 "$nodes" "$variant" 1 $((2 * nodes))
        measure "partition-$nodes-$variant" partition "$nodes" "$variant" 1 $((56 * nodes))
        measure "single-$nodes-$variant-feasible-$feasible" single "$nodes" "$variant" "$feasible" $((8 * nodes))
    done
done
measure "unsat-incubating" unsat 1 incubating 1 1

# 20 device models and 5 kinds of claim.
mixed() {
    local folder="$work/$1"
    mkdir "$folder"
    "$work/go/bin/mixed" --nodes "$2" --pods "$3" --feasible "$4" --limit "${limit}s" --out "$folder/case.jsonl.gz" > "$folder/go.json"
    folders+=("$folder")
    echo "measured $1" >&2
}
mixed mixed-1000 1000 4000 1
mixed mixed-1000-feasible-420 1000 4000 420
mixed mixed-5000 5000 20000 1

cargo bench --bench against_upstream -- "${folders[@]}"
