//! Which names of resources the scheduler counts (`pkg/apis/core/v1/helper`, `pkg/scheduler/util` `IsScalarResourceName`).

/// True for a resource with a domain that is not Kubernetes' own (`IsExtendedResourceName`).
pub fn is_extended(name: &str) -> bool {
    let Some((domain, short)) = name.split_once('/') else { return false };
    // Room for the prefix that quotas put before it.
    let fits = domain.len() + "requests.".len() <= 253 && short.len() <= 63;
    !is_prefixed_native(name) && !name.starts_with("requests.") && fits && is_subdomain(domain) && is_short_name(short)
}

/// True for resources of which nodes have whole amounts beside CPU, memory, ephemeral storage and pods
/// (`IsScalarResourceName`). Others are not counted at all.
pub fn is_scalar(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("attachable-volumes-") || is_prefixed_native(name) || is_extended(name)
}

fn is_prefixed_native(name: &str) -> bool {
    name.contains("kubernetes.io/")
}

fn is_subdomain(name: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    name.split('.').all(|label| label.bytes().all(inner) && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

fn is_short_name(name: &str) -> bool {
    let is_end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    is_end(name.as_bytes().first()) && is_end(name.as_bytes().last()) && name.bytes().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_counted() {
        let check = |name: &str, extended, scalar| assert_eq!((is_extended(name), is_scalar(name)), (extended, scalar), "{name}");
        check("nvidia.com/gpu", true, true);
        check("gpu", false, false);
        check("hugepages-2Mi", false, true);
        check("attachable-volumes-csi-x", false, true);
        check("deviceclass.resource.kubernetes.io/gpu", false, true);
        check("requests.example.com/gpu", false, false);
        check("kubernetes.io/batch-cpu", false, true);
        check("a.com/b/c", false, false);
        check("A.com/b", false, false);
        check("a..com/b", false, false);
        check("/b", false, false);
        check("a.com/", false, false);
        check("a.com/_b", false, false);
        check("cpu", false, false);
    }
}
