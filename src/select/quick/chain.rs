//! A form as a chain of questions, each of which says where to go on.
//!
//! `a && (b || c) && d` is the chain `a b c d`. One answer to a question goes on to its neighbour; the other leaves for a
//! question further on (`b` for `d`), or for the end.

use crate::select::quick::facts::{Facts, Scalar};
use crate::select::quick::form::{Form, Question, Subject};

/// Where an answer leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Next {
    /// To a question.
    Question(usize),
    /// To the end: the form holds, or it does not.
    End(bool),
}

#[derive(Clone, Debug)]
struct Link {
    question: Question,
    /// The answer that does not go on to the neighbour.
    leaving: bool,
    elsewhere: Next,
}

/// A chain. Whoever comes past its last question has found that the form holds.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
}

impl Chain {
    /// The chain of a form.
    pub fn of(form: Form) -> Chain {
        let mut chain = Chain::default();
        chain.append(form, Next::End(true), Next::End(false));
        chain
    }

    /// Appends a form of which the answers lead to `yes` and `no`. Unless it is the last one, one of them is its neighbour.
    fn append(&mut self, form: Form, yes: Next, no: Next) {
        let first = self.links.len();
        match form {
            Form::Ask(question) => {
                let neighbour = Next::Question(first + 1);
                let leaving = no == neighbour || yes != neighbour && yes != Next::End(true);
                let elsewhere = if leaving { yes } else { no };
                self.links.push(Link { question, leaving, elsewhere });
            }
            Form::Not(form) => {
                self.append(*form, no, yes);
                self.links[first].question.cost += 1;
            }
            Form::All(forms) => self.append_each(forms, |next| (next, no), (yes, no)),
            Form::Any(forms) => self.append_each(forms, |next| (yes, next), (yes, no)),
        }
    }

    /// Appends forms of which each leads to the next one by the answers that `leads` says, and the last one to `ends`.
    fn append_each(&mut self, forms: Vec<Form>, leads: impl Fn(Next) -> (Next, Next), ends: (Next, Next)) {
        let (mut next, count) = (self.links.len(), forms.len());
        for (number, form) in (1..).zip(forms) {
            next += form.questions();
            let (yes, no) = if number == count { ends } else { leads(Next::Question(next)) };
            self.append(form, yes, no);
        }
    }

    /// Whether the form holds, and what it costs to find out; nothing if that takes the plan.
    #[inline]
    pub fn judge(&self, facts: &Facts<'_>) -> Option<(bool, u64)> {
        let (mut at, mut cost, mut used) = (0, 0, 0);
        while let Some(link) = self.links.get(at) {
            let (answer, paid) = link.question.ask(facts, &mut used)?;
            cost += paid;
            if answer != link.leaving {
                at += 1;
                continue;
            }
            match link.elsewhere {
                Next::Question(later) => at = later,
                Next::End(holds) => return Some((holds, cost)),
            }
        }
        Some((true, cost))
    }
}

impl Question {
    /// The answer, and what it costs; `used` are the variables used before.
    #[inline]
    fn ask(&self, facts: &Facts<'_>, used: &mut u32) -> Option<(bool, u64)> {
        let mut cost = self.cost;
        let other;
        let value = match &self.subject {
            Subject::Value(reading) => {
                cost += reading.first_use(used);
                match facts.get(&reading.name) {
                    Some(value) => value,
                    None => {
                        cost -= 1;
                        other = reading.otherwise.as_ref()?.scalar();
                        &other
                    }
                }
            }
            Subject::Driver => &facts.driver,
            Subject::Shared => &facts.shared,
            Subject::Has(reading) => {
                cost += reading.first_use(used);
                truth(facts.get(&reading.name).is_some())
            }
            Subject::Known(value) => truth(*value),
        };
        let (answer, extra) = self.test.holds(value)?;
        Some((answer, cost + extra))
    }
}

fn truth(value: bool) -> &'static Scalar<'static> {
    if value { &Scalar::Bool(true) } else { &Scalar::Bool(false) }
}
