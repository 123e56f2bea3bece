//! Requests to the API server: who sends which, and how long each kind takes.

use crate::base::Delay;

/// How many kinds of request there are.
pub const REQUESTS: usize = 30;

/// A request to the API server, as far as somebody waits for its answer or it costs a token of a client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Request {
    /// The resourceclaim controller makes a claim from a template.
    CreateClaim,
    /// The resourceclaim controller writes into a pod's status which claims it has (server-side apply).
    ListClaims,
    /// The resourceclaim controller takes allocation and reservation back.
    Deallocate,
    /// The resourceclaim controller removes the finalizer.
    DropFinalizer,
    /// The resourceclaim controller deletes a claim that it made, or the garbage collector one whose pod is gone.
    DeleteClaim,
    /// kube-scheduler writes where a pod will go before the claims are written, or clears that (KEP-5278).
    Nominate,
    /// kube-scheduler adds the finalizer to a claim.
    AddFinalizer,
    /// kube-scheduler writes allocation and reservation.
    Allocate,
    /// kube-scheduler binds a pod.
    Bind,
    /// A condition is written into a pod's status: by kube-scheduler why the pod cannot be scheduled, by others that it is to
    /// go or is not ready.
    SetCondition,
    /// kube-scheduler deletes a victim of a preemption, another controller a pod that it evicts, or a closed loop one that is bound.
    DeletePod,
    /// A kubelet reads a claim before it prepares the devices, or the garbage collector before it deletes one.
    ReadClaim,
    /// A kubelet reports the status of a pod.
    ReportPod,
    /// A controller reads a pod that it is about to evict, or a driver the one that it is asked about.
    ReadPod,
    /// A workload controller makes a pod in the place of another, or a closed loop its next.
    CreatePod,
    /// The node lifecycle controller reads a lease that seems to have expired (`NodeControllerLeaseCircuitBreaker`).
    ReadLease,
    /// The node lifecycle controller writes that a pod is not ready any more.
    WritePod,
    /// The node lifecycle controller reads a node before it changes its taints.
    ReadNode,
    /// The node lifecycle controller changes the taints of a node.
    PatchNode,
    /// The node lifecycle controller writes that nothing is heard of a node.
    WriteNode,
    /// A kubelet reports the status of its node.
    ReportNode,
    /// A DRA driver publishes a slice anew.
    WriteSlice,
    /// kube-scheduler proposes nodes to drivers for the first time (classic DRA, as all that follow).
    CreateContext,
    /// kube-scheduler proposes other nodes, or selects one.
    UpdateContext,
    /// The same after a conflict (server-side apply).
    ApplyContext,
    /// kube-scheduler is done with a negotiation.
    DeleteContext,
    /// A driver answers which nodes do not suit.
    AnswerContext,
    /// kube-scheduler reserves an allocated claim for a pod, or gives a claim up.
    ReserveClaim,
    /// kube-scheduler takes a reservation back.
    UnreserveClaim,
    /// A driver reads the parameters of a claim.
    ReadParameters,
}

impl Request {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Request; REQUESTS] = [
        Request::CreateClaim,
        Request::ListClaims,
        Request::Deallocate,
        Request::DropFinalizer,
        Request::DeleteClaim,
        Request::Nominate,
        Request::AddFinalizer,
        Request::Allocate,
        Request::Bind,
        Request::SetCondition,
        Request::DeletePod,
        Request::ReadClaim,
        Request::ReportPod,
        Request::ReadPod,
        Request::CreatePod,
        Request::ReadLease,
        Request::WritePod,
        Request::ReadNode,
        Request::PatchNode,
        Request::WriteNode,
        Request::ReportNode,
        Request::WriteSlice,
        Request::CreateContext,
        Request::UpdateContext,
        Request::ApplyContext,
        Request::DeleteContext,
        Request::AnswerContext,
        Request::ReserveClaim,
        Request::UnreserveClaim,
        Request::ReadParameters,
    ];

    /// Verb and resource as audit logs name them; kinds may share them.
    pub const fn name(self) -> &'static str {
        match self {
            Request::CreateClaim => "POST resourceclaims",
            Request::ListClaims => "APPLY pods/status",
            Request::Deallocate | Request::Allocate | Request::ReserveClaim => "PUT resourceclaims/status",
            Request::DropFinalizer | Request::AddFinalizer => "PUT resourceclaims",
            Request::DeleteClaim => "DELETE resourceclaims",
            Request::Nominate | Request::SetCondition | Request::ReportPod => "PATCH pods/status",
            Request::Bind => "POST pods/binding",
            Request::DeletePod => "DELETE pods",
            Request::ReadClaim => "GET resourceclaims",
            Request::ReadPod => "GET pods",
            Request::CreatePod => "POST pods",
            Request::ReadLease => "GET leases",
            Request::WritePod => "PUT pods/status",
            Request::ReadNode => "GET nodes",
            Request::PatchNode => "PATCH nodes",
            Request::WriteNode => "PUT nodes/status",
            Request::ReportNode => "PATCH nodes/status",
            Request::WriteSlice => "PUT resourceslices",
            Request::CreateContext => "POST podschedulingcontexts",
            Request::UpdateContext => "PUT podschedulingcontexts",
            Request::ApplyContext => "APPLY podschedulingcontexts",
            Request::DeleteContext => "DELETE podschedulingcontexts",
            Request::AnswerContext => "PUT podschedulingcontexts/status",
            Request::UnreserveClaim => "PATCH resourceclaims/status",
            // Vendors keep parameters in resources of their own.
            Request::ReadParameters => "GET claimparameters",
        }
    }
}

/// How long the API server takes, from the request leaving the client to the answer, by verb.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiServer {
    /// `GET`
    pub get: Delay,
    /// `POST`
    pub post: Delay,
    /// `PUT`
    pub put: Delay,
    /// `PATCH`, apply included.
    pub patch: Delay,
    /// `DELETE`
    pub delete: Delay,
}

impl ApiServer {
    /// The same for all verbs.
    pub const fn equal(delay: Delay) -> ApiServer {
        ApiServer { get: delay, post: delay, put: delay, patch: delay, delete: delay }
    }

    /// How long this request takes.
    pub const fn delay(&self, request: Request) -> Delay {
        match request {
            Request::CreateClaim | Request::Bind | Request::CreatePod | Request::CreateContext => self.post,
            Request::Deallocate | Request::DropFinalizer | Request::AddFinalizer | Request::Allocate => self.put,
            Request::WritePod | Request::WriteNode | Request::WriteSlice => self.put,
            Request::UpdateContext | Request::AnswerContext | Request::ReserveClaim => self.put,
            Request::ListClaims | Request::Nominate | Request::SetCondition | Request::ReportPod => self.patch,
            Request::PatchNode | Request::ReportNode | Request::ApplyContext | Request::UnreserveClaim => self.patch,
            Request::DeleteClaim | Request::DeletePod | Request::DeleteContext => self.delete,
            Request::ReadClaim | Request::ReadPod | Request::ReadLease | Request::ReadNode | Request::ReadParameters => self.get,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_listed_at_its_number() {
        assert!(Request::ALL.iter().enumerate().all(|(at, request)| *request as usize == at));
    }

    #[test]
    fn names_begin_with_the_verb_that_is_priced() {
        let delays = [1, 2, 3, 4, 5].map(|n| Delay::millis(n, n));
        let api = ApiServer { get: delays[0], post: delays[1], put: delays[2], patch: delays[3], delete: delays[4] };
        for request in Request::ALL {
            let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"];
            let verb = request.name().split(' ').next().expect("a verb").replace("APPLY", "PATCH");
            let at = verbs.iter().position(|known| *known == verb).expect("a known verb");
            assert_eq!(api.delay(request), delays[at], "{request:?}");
        }
    }
}
