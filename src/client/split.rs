//! One message in several transactions, where a server takes fewer recipients, or fewer of their domains, in one than it
//! has (RFC 9422 sections 4.2 and 4.3).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::Envelope;
use crate::wire::address::ForwardPath;
use crate::wire::ehlo::Limits;

/// Recipients that go together, by their index in the whole.
#[derive(Default)]
struct Group {
    places: Vec<usize>,
    domains: BTreeSet<String>,
}

impl Envelope {
    /// The envelopes in which a server with these limits takes the message: one for each transaction, each with the same
    /// content. Every recipient is in one of them, with its parameters; recipients of one domain stay together where they
    /// can. Within the limits, it is one envelope: this.
    ///
    /// ```
    /// use edgepost::client::Envelope;
    /// use edgepost::wire::ehlo::Limits;
    ///
    /// let envelope = Envelope::new("ann@a.example", ["bob@b.example", "carol@c.example", "dave@b.example"])?;
    /// let limits = Limits { rcpt_domain_max: Some(1), ..Limits::default() };
    /// let parts = envelope.split(limits);
    /// assert_eq!(parts[0], Envelope::new("ann@a.example", ["bob@b.example", "dave@b.example"])?);
    /// assert_eq!(parts[1], Envelope::new("ann@a.example", ["carol@c.example"])?);
    /// # Ok::<(), edgepost::client::Misuse>(())
    /// ```
    pub fn split(self, limits: Limits) -> Vec<Self> {
        let most = |limit: Option<u32>| limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
        let (recipients, domains) = (most(limits.rcpt_max), most(limits.rcpt_domain_max));
        let mut groups: Vec<Group> = Vec::new();
        let mut groups_of: BTreeMap<String, usize> = BTreeMap::new();
        for (place, to) in self.to.iter().enumerate() {
            let domain = domain(to);
            // A domain goes on where it is already, else where there is room for one more.
            let own = groups_of.get(&domain).copied().filter(|&at| groups[at].places.len() < recipients);
            let last = groups.len().checked_sub(1).filter(|&last| {
                groups[last].places.len() < recipients && groups[last].domains.len() < domains
            });
            let at = own.or(last).unwrap_or_else(|| {
                groups.push(Group::default());
                groups.len() - 1
            });
            groups_of.insert(domain.clone(), at);
            groups[at].domains.insert(domain);
            groups[at].places.push(place);
        }
        if groups.len() < 2 {
            return [self].into();
        }
        groups.iter().map(|group| self.part(&group.places)).collect()
    }

    fn part(&self, places: &[usize]) -> Self {
        Self {
            from: self.from.clone(),
            to: places.iter().map(|&place| self.to[place].clone()).collect(),
            params: self.params.clone(),
            rcpt_params: places.iter().map(|&place| self.rcpt_params[place].clone()).collect(),
            ..*self
        }
    }
}

/// Domains are the same in any case.
fn domain(to: &ForwardPath) -> String {
    match to {
        ForwardPath::Mailbox(mailbox) => mailbox.domain().to_lowercase(),
        ForwardPath::Postmaster => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::param::Param;

    const TO: [&str; 6] = ["a@x.test", "b@y.test", "c@X.test", "postmaster", "d@x.test", "e@z.test"];

    fn split(rcpt_max: Option<u32>, rcpt_domain_max: Option<u32>) -> Vec<Vec<String>> {
        let envelope = Envelope::new("ann@a.example", TO).unwrap();
        let parts = envelope.split(Limits { rcpt_max, rcpt_domain_max, mail_max: None });
        let names = |part: &Envelope| part.to.iter().map(|to| to.as_str().into()).collect();
        parts.iter().map(names).collect()
    }

    #[test]
    fn within_the_limits_it_is_one() {
        assert_eq!(split(None, None), [TO]);
        assert_eq!(split(Some(6), Some(4)), [TO]);
        assert_eq!(split(Some(999_999), None), [TO]);
    }

    #[test]
    fn so_many_recipients_at_most() {
        assert_eq!(split(Some(5), None), [&TO[..5], &TO[5..]]);
        assert_eq!(split(Some(1), Some(1)).len(), 6);
        assert_eq!(split(Some(0), None).len(), 6, "nothing would be no limit but a refusal");
    }

    #[test]
    fn domains_stay_together() {
        assert_eq!(
            split(None, Some(2)),
            [["a@x.test", "b@y.test", "c@X.test", "d@x.test"].as_slice(), &["postmaster", "e@z.test"]]
        );
        assert_eq!(split(Some(2), Some(1))[0], ["a@x.test", "c@X.test"]);
        assert_eq!(split(Some(2), Some(1)).len(), 5);
    }

    #[test]
    fn nobody_is_left_out_or_asked_twice() {
        for recipients in 1..8 {
            for domains in 1..5 {
                let parts = split(Some(recipients), Some(domains));
                let mut all: Vec<String> = parts.concat();
                all.sort();
                let mut given = TO.map(String::from);
                given.sort();
                assert_eq!(all, given);
                assert!(parts.iter().all(|part| part.len() <= recipients as usize));
            }
        }
    }

    #[test]
    fn what_is_asked_for_goes_along() {
        let notify = Param::new("NOTIFY", Some("NEVER")).unwrap();
        let envelope = Envelope::new("ann@a.example", TO).unwrap().octets(3).prdr();
        let envelope = envelope.rcpt_param(1, notify).unwrap();
        let parts = envelope.split(Limits { rcpt_max: Some(1), ..Limits::default() });
        let expected = Envelope::new("ann@a.example", [TO[1]]).unwrap().octets(3).prdr();
        assert_eq!(parts[1], expected.rcpt_param(0, notify).unwrap());
    }
}
