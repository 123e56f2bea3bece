//! Requests to the API server: who sends which, and how long each kind takes.

use crate::base::Delay;

/// How many kinds of request there are.
pub const REQUESTS: usize = 22;

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
    /// The resourceclaim controller deletes a claim that it made.
    DeleteClaim,
    /// kube-scheduler writes where a pod will go before the claims are written, or clears that (KEP-5278).
    Nominate,
    /// kube-scheduler adds the finalizer to a claim.
    AddFinalizer,
    /// kube-scheduler writes allocation and reservation.
    Allocate,
    /// kube-scheduler binds a pod.
    Bind,
    /// kube-scheduler writes why a pod cannot be scheduled.
    SetCondition,
    /// kube-scheduler deletes a victim of a preemption.
    DeletePod,
    /// A kubelet reads a claim before it prepares the devices.
    ReadClaim,
    /// A kubelet reports the status of a pod.
    ReportPod,
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
    /// A driver reads the pod that it is asked about.
    ReadPod,
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
        Request::CreateContext,
        Request::UpdateContext,
        Request::ApplyContext,
        Request::DeleteContext,
        Request::AnswerContext,
        Request::ReserveClaim,
        Request::UnreserveClaim,
        Request::ReadPod,
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
            Request::CreateContext => "POST podschedulingcontexts",
            Request::UpdateContext => "PUT podschedulingcontexts",
            Request::ApplyContext => "APPLY podschedulingcontexts",
            Request::DeleteContext => "DELETE podschedulingcontexts",
            Request::AnswerContext => "PUT podschedulingcontexts/status",
            Request::UnreserveClaim => "PATCH resourceclaims/status",
            Request::ReadPod => "GET pods",
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
            Request::CreateClaim | Request::Bind | Request::CreateContext => self.post,
            Request::Deallocate | Request::DropFinalizer | Request::AddFinalizer | Request::Allocate => self.put,
            Request::UpdateContext | Request::AnswerContext | Request::ReserveClaim => self.put,
            Request::ListClaims | Request::Nominate | Request::SetCondition | Request::ReportPod => self.patch,
            Request::ApplyContext | Request::UnreserveClaim => self.patch,
            Request::DeleteClaim | Request::DeletePod | Request::DeleteContext => self.delete,
            Request::ReadClaim | Request::ReadPod | Request::ReadParameters => self.get,
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
