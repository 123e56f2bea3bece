//! Requests to the API server: who sends which, and how long each kind takes.

use crate::base::Delay;

/// How many kinds of request there are.
pub const REQUESTS: usize = 14;

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
    /// kube-scheduler writes why a pod cannot be scheduled.
    SetCondition,
    /// kube-scheduler deletes a victim of a preemption, or a closed loop a pod that is bound.
    DeletePod,
    /// A kubelet reads a claim before it prepares the devices, or the garbage collector before it deletes one.
    ReadClaim,
    /// A kubelet reports the status of a pod.
    ReportPod,
    /// A closed loop makes its next pod.
    CreatePod,
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
        Request::CreatePod,
    ];

    /// Verb and resource as audit logs name them; kinds may share them.
    pub const fn name(self) -> &'static str {
        match self {
            Request::CreateClaim => "POST resourceclaims",
            Request::ListClaims => "APPLY pods/status",
            Request::Deallocate | Request::Allocate => "PUT resourceclaims/status",
            Request::DropFinalizer | Request::AddFinalizer => "PUT resourceclaims",
            Request::DeleteClaim => "DELETE resourceclaims",
            Request::Nominate | Request::SetCondition | Request::ReportPod => "PATCH pods/status",
            Request::Bind => "POST pods/binding",
            Request::DeletePod => "DELETE pods",
            Request::ReadClaim => "GET resourceclaims",
            Request::CreatePod => "POST pods",
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
            Request::CreateClaim | Request::Bind | Request::CreatePod => self.post,
            Request::Deallocate | Request::DropFinalizer | Request::AddFinalizer | Request::Allocate => self.put,
            Request::ListClaims | Request::Nominate | Request::SetCondition | Request::ReportPod => self.patch,
            Request::DeleteClaim | Request::DeletePod => self.delete,
            Request::ReadClaim => self.get,
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
