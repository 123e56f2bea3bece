//! Cases by hand.
#[test]
fn dbg() {
    use crate::select::*;
    let d = Device::new("x", false);
    for t in ["[[\"42\"].map(v0, v0)][0].map(s, s.size()).max() == 2", "dyn([\"42\"]).reverse().map(v0, v0) == [\"42\"]", "dyn([\"42\"]).map(v0, v0) == [\"42\"]", "dyn([\"42\"]).map(s, s.size()) == [2]","dyn([\"42\"]).map(s, s.size()).max() == 2","size(dyn(\"a\"))==1", "dyn(\"a\").size()==1"] {
        eprintln!("{t}: {:?} {:?}", Program::compile(t).map(|p| p.evaluate_on(&d)), check::check(&parse::parse(t).unwrap()).map(|c| c.node));
    }
}
