//! How the page looks, its one script, and the policy that allows just these.

use sha2::{Digest, Sha256};

use crate::report::svg::style_sheet;

/// Sorts a table when a heading is pressed. The page is complete without it: headings become buttons only here.
pub const SCRIPT: &str = r#"
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        const [n, m] = [Number(x), Number(y)];
        return x !== "" && y !== "" && !isNaN(n) && !isNaN(m) ? n - m : x.localeCompare(y);
      };
      const body = table.tBodies[0];
      const rows = [...body.rows].sort(order);
      body.append(...(down ? rows : rows.reverse()));
    });
  });
}
"#;

/// The style of the page: its own and that of the pictures.
pub fn sheet() -> String {
    format!("{CSS}\n{}", style_sheet())
}

/// Nothing may be loaded; our style and our one script may run.
pub fn policy() -> String {
    let hash = base64(&Sha256::digest(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, &b| w << 8 | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = (word >> (18 - 6 * i) & 63) as usize;
            out.push(if i <= chunk.len() { ALPHABET[digit] as char } else { '=' });
        }
    }
    out
}

const CSS: &str = r#"
:root{--paper:#fff;--ink:#1f2328;--quiet:#57606a;--rule:#d8dee4;--card:#f6f8fa;--link:#0057a8}
@media screen and (prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--quiet:#9da7b1;--rule:#30363d;--card:#161b22;--link:#79b8f2}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1180px;padding:0 clamp(14px,3vw,32px) 40px;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:28px 0 6px}
h2{font-size:1.3rem;margin:44px 0 8px;padding-top:12px;border-top:1px solid var(--rule)}
h3{font-size:1.05rem;margin:26px 0 6px}
p{margin:8px 0;max-width:75ch}
a{color:var(--link)}
nav a{display:inline-block;margin:0 14px 4px 0}
.headline{color:var(--quiet)}
.verdict{font-size:1.2rem;line-height:1.4;margin:14px 0}
.quiet,footer{color:var(--quiet)}
.scroll{overflow-x:auto;margin:12px 0}
figure.wide{max-width:820px}
.tall{max-height:44em;overflow:auto}
.tall thead{position:sticky;top:0;background:var(--paper)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.94rem}
th,td{padding:5px 14px 5px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{border-bottom:2px solid var(--quiet);vertical-align:bottom}
.nowrap{white-space:nowrap}
.n{text-align:right;white-space:nowrap}
th.n{white-space:normal}
tbody th{font-weight:normal}
table.board thead th,table.board tbody th{white-space:nowrap}
th.group{text-align:center;border-bottom:0;border-left:1px solid var(--rule)}
.wide{min-width:12em}
th button{font:inherit;font-weight:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
th button::after{content:"\a0\2195";color:var(--quiet)}
th[aria-sort=ascending] button::after{content:"\a0\2191"}
th[aria-sort=descending] button::after{content:"\a0\2193"}
.charts figure{margin:0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:28px;align-items:start}
figure{margin:14px 0;max-width:640px}
figure svg{display:block;width:100%;height:auto;overflow:visible}
.findings{padding-left:1.2em}
pre{background:var(--card);border:1px solid var(--rule);padding:12px;overflow-x:auto;font-size:.85rem;line-height:1.4;max-height:32em}
code{font-size:.92em;overflow-wrap:anywhere}
dl.glossary{display:grid;grid-template-columns:minmax(12em,auto) 1fr;gap:8px 18px;margin:10px 0}
dl.glossary dt{font-weight:600}
dl.glossary dd{margin:0}
dl.glossary dt code{display:block;font-weight:normal;color:var(--quiet)}
.swatch{display:inline-block;width:.8em;height:.8em;margin-right:.45em;border-radius:2px}
details summary{cursor:pointer}
@media (max-width:560px){
table.board,table.board tbody,table.board tr{display:block}
table.board thead,table.board td:empty{display:none}
table.board tr{padding:8px 0;border-bottom:1px solid var(--rule)}
table.board tbody th{display:block;white-space:normal;font-weight:600;border:0;padding:0}
table.board td{display:flex;justify-content:space-between;gap:12px;border:0;padding:1px 0 1px 12px;text-align:right}
table.board td::before{content:attr(data-label);color:var(--quiet);text-align:left}
dl.glossary{grid-template-columns:1fr}dl.glossary dd{margin-bottom:8px}th,td{padding-right:10px}h2{margin-top:34px}}
@media print{nav,th button::after{display:none}body{max-width:none;font-size:11pt}section,figure,tr{break-inside:avoid-page}section{break-inside:auto}pre,.tall{max-height:none}pre{white-space:pre-wrap}details::details-content{content-visibility:visible;display:block;height:auto}}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (bytes, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), want);
        }
    }

    #[test]
    fn the_script_cannot_close_its_element() {
        assert!(!SCRIPT.contains("</"));
        assert!(!sheet().contains("</"));
    }
}
