//! Character classes and escapes of [`crate::select::re2`].

/// A class that matches no character.
pub const NOTHING: &str = r"[^\x{0}-\x{10ffff}]";

const INVALID_RANGE: &str = "invalid character class range";
const INVALID_ESCAPE: &str = "invalid escape sequence";

/// What was read, and the text that follows it.
type Parsed<'p, T> = Result<(T, &'p str), &'static str>;

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit",
];

/// Scripts that Go knows under one word (Unicode 15).
const SCRIPTS: &str = "adlam ahom arabic armenian avestan balinese bamum batak bengali bhaiksuki bopomofo brahmi braille buginese \
    buhid carian chakma cham cherokee chorasmian common coptic cuneiform cypriot cyrillic deseret devanagari dogra duployan \
    elbasan elymaic ethiopic georgian glagolitic gothic grantha greek gujarati gurmukhi han hangul hanunoo hatran hebrew \
    hiragana inherited javanese kaithi kannada katakana kawi kharoshthi khmer khojki khudawadi lao latin lepcha limbu lisu \
    lycian lydian mahajani makasar malayalam mandaic manichaean marchen medefaidrin miao modi mongolian mro multani myanmar \
    nabataean nandinagari newa nko nushu ogham oriya osage osmanya palmyrene phoenician rejang runic samaritan saurashtra \
    sharada shavian siddham sinhala sogdian soyombo sundanese syriac tagalog tagbanwa takri tamil tangsa tangut telugu thaana \
    thai tibetan tifinagh tirhuta toto ugaritic vai vithkuqi wancho yezidi yi";

/// General categories, short and long.
const CATEGORIES: &str = "c cc cf cn co l lc ll lm lo lt lu m mc me mn n nd nl no p pc pd pe pf pi po ps s sc sk sm so z zl zp zs \
    casedletter closepunctuation cntrl combiningmark connectorpunctuation control currencysymbol dashpunctuation decimalnumber \
    digit enclosingmark finalpunctuation format initialpunctuation letter letternumber lineseparator lowercaseletter mark \
    mathsymbol modifierletter modifiersymbol nonspacingmark number openpunctuation other otherletter othernumber \
    otherpunctuation othersymbol paragraphseparator privateuse punct punctuation separator spaceseparator spacingmark symbol \
    titlecaseletter unassigned uppercaseletter";

/// A class by its Unicode name, in Rust's syntax.
fn unicode(name: &str, negated: bool) -> Option<String> {
    let name: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect::<String>().to_ascii_lowercase();
    let p = if negated { 'P' } else { 'p' };
    let bracketed = |inside: &str| format!("[{}{inside}]", if negated { "^" } else { "" });
    Some(match name.as_str() {
        "any" => bracketed(r"\x{0}-\x{10ffff}"),
        "ascii" => bracketed(r"\x{0}-\x{7f}"),
        "assigned" => format!(r"\{}{{gc=cn}}", if negated { 'p' } else { 'P' }),
        // Surrogates: no text has them.
        "cs" | "surrogate" if negated => r"[\x{0}-\x{10ffff}]".to_owned(),
        "cs" | "surrogate" => NOTHING.to_owned(),
        name if CATEGORIES.split_ascii_whitespace().any(|have| have == name) => format!(r"\{p}{{gc={name}}}"),
        name if SCRIPTS.split_ascii_whitespace().any(|have| have == name) => format!(r"\{p}{{sc={name}}}"),
        _ => return None,
    })
}

/// A class escape (`\d`, `\pL`, `\P{Greek}`) at the start of `text`; nothing if there is another escape.
pub fn escaped(text: &str) -> Result<Option<(String, &str)>, &'static str> {
    let mut chars = text[1..].chars();
    let perl = match chars.next() {
        Some('d') => "[0-9]",
        Some('D') => "[^0-9]",
        Some('s') => r"[\t\n\x{c}\r\x{20}]",
        Some('S') => r"[^\t\n\x{c}\r\x{20}]",
        Some('w') => "[0-9A-Za-z_]",
        Some('W') => "[^0-9A-Za-z_]",
        Some(p @ ('p' | 'P')) => {
            let (name, rest) = match chars.next() {
                Some('{') => chars.as_str().split_once('}').ok_or(INVALID_RANGE)?,
                Some(letter) => (&text[2..2 + letter.len_utf8()], chars.as_str()),
                None => return Err(INVALID_RANGE),
            };
            let (name, inverted) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
            let class = unicode(name, (p == 'P') != inverted).ok_or(INVALID_RANGE)?;
            return Ok(Some((class, rest)));
        }
        _ => return Ok(None),
    };
    Ok(Some((perl.to_owned(), &text[2..])))
}

/// The code point of an escape at the start of `text`.
pub fn escape(text: &str) -> Parsed<'_, u32> {
    let mut chars = text[1..].chars();
    let c = chars.next().ok_or("trailing backslash at end of expression")?;
    let rest = chars.as_str();
    let octal = |text: &str| text.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)).count();
    Ok(match c {
        '1'..='7' if octal(rest) == 0 => return Err(INVALID_ESCAPE),
        '0'..='7' => {
            let length = octal(rest);
            let digits = &text[1..2 + length];
            (u32::from_str_radix(digits, 8).map_err(|_| INVALID_ESCAPE)?, &rest[length..])
        }
        'x' => return hexadecimal(rest),
        'a' => (7, rest),
        'f' => (12, rest),
        'n' => (10, rest),
        'r' => (13, rest),
        't' => (9, rest),
        'v' => (11, rest),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => (c.into(), rest),
        _ => return Err(INVALID_ESCAPE),
    })
}

/// `41` or `{1f600}`, what follows `\x`.
fn hexadecimal(text: &str) -> Parsed<'_, u32> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or(INVALID_ESCAPE)?,
        None => (text.get(..2).ok_or(INVALID_ESCAPE)?, &text[2..]),
    };
    let digits = if text.starts_with('{') && !digits.is_empty() {
        // Leading zeros do not count towards what fits.
        let bare = digits.trim_start_matches('0');
        if bare.is_empty() { "0" } else { bare }
    } else {
        digits
    };
    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|code| valid && *code <= 0x10_ffff);
    code.map(|code| (code, rest)).ok_or(INVALID_ESCAPE)
}

/// The class in brackets at the start of `text`, in Rust's syntax.
pub fn bracketed(text: &str) -> Parsed<'_, String> {
    let missing = "missing closing ]";
    let mut rest = &text[1..];
    let mut out = String::from("[");
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut first = true;
    loop {
        if let Some(after) = rest.strip_prefix(']').filter(|_| !first) {
            out.push(']');
            return Ok((out, after));
        }
        first = false;
        if let Some((name, after)) = rest.strip_prefix("[:").and_then(|inside| inside.split_once(":]")) {
            let bare = name.strip_prefix('^').unwrap_or(name);
            if !POSIX.contains(&bare) {
                return Err(INVALID_RANGE);
            }
            out.push_str(&format!("[:{name}:]"));
            rest = after;
            continue;
        }
        if rest.starts_with('\\')
            && let Some((class, after)) = escaped(rest)?
        {
            out.push_str(&class);
            rest = after;
            continue;
        }
        let (low, after) = character(rest).unwrap_or(Err(missing))?;
        let mut high = low;
        rest = after;
        if rest.starts_with('-') && rest.len() > 1 && !rest.starts_with("-]") {
            (high, rest) = character(&rest[1..]).unwrap_or(Err(missing))?;
            if high < low {
                return Err(INVALID_RANGE);
            }
        }
        push_range(&mut out, low, high);
    }
}

/// A character or an escape inside a class; nothing at the end of the text.
fn character(text: &str) -> Option<Parsed<'_, u32>> {
    match text.chars().next()? {
        '\\' => Some(escape(text)),
        c => Some(Ok((c.into(), &text[c.len_utf8()..]))),
    }
}

/// A range without its surrogates, which Rust's syntax does not have.
fn push_range(out: &mut String, low: u32, high: u32) {
    let mut push = |low: u32, high: u32| {
        if low <= high {
            out.push_str(&format!("\\x{{{low:x}}}-\\x{{{high:x}}}"));
        }
    };
    push(low, high.min(0xd7ff));
    push(low.max(0xe000), high);
    if (0xd800..=0xdfff).contains(&low) && (0xd800..=0xdfff).contains(&high) {
        // The class must not become empty between its brackets.
        out.push_str(NOTHING);
    }
}
