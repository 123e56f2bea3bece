//! A form as a chain of questions, each of which says where to go on.
//!
//! `a && (b || c) && d` is the chain `a b c d`. One answer to a question goes on to its neighbour; the other leaves for a
//! question further on (`b` for `d`), or for the end.

use crate::select::quick::facts::Facts;
use crate::select::quick::form::{Form, Question};

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
    /// What asking costs whatever the device has.
    cost: u64,
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
            Form::Ask(question, cost) => {
                let goes_on = |next| next == Next::Question(first + 1) || next == Next::End(true);
                let leaving = if no == Next::Question(first + 1) { true } else { !goes_on(yes) };
                let elsewhere = if leaving { yes } else { no };
                self.links.push(Link { question, cost, leaving, elsewhere });
            }
            Form::Not(form) => {
                self.append(*form, no, yes);
                self.links[first].cost += 1;
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
    pub fn judge(&self, facts: &Facts<'_>) -> Option<(bool, u64)> {
        let (mut at, mut cost, mut used) = (0, 0, 0);
        while let Some(link) = self.links.get(at) {
            let (answer, paid) = link.ask(facts, &mut used)?;
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

impl Link {
    /// The answer, and what it costs; `used` are the variables used before.
    #[inline]
    fn ask(&self, facts: &Facts<'_>, used: &mut u32) -> Option<(bool, u64)> {
        let mut cost = self.cost;
        let (answer, extra) = match &self.question {
            Question::Value(reading, test) => {
                cost += reading.first_use(used);
                match (facts.get(&reading.place), &reading.otherwise) {
                    (Some(value), _) => test.holds(value)?,
                    (None, Some(other)) => {
                        cost -= 1;
                        test.holds(&other.scalar())?
                    }
                    (None, None) => return None,
                }
            }
            Question::Driver(test) => test.holds(&facts.driver)?,
            Question::Shared(test) => test.holds(&facts.shared)?,
            Question::Has(reading) => {
                cost += reading.first_use(used);
                (facts.get(&reading.place).is_some(), 0)
            }
            Question::Domain(capacity, name) => (facts.has_domain(*capacity, name), 0),
            Question::Known(answer) => (*answer, 0),
        };
        Some((answer, cost + extra))
    }
}
