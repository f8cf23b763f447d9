//! What the built-in modules (`builtins/*.js`) leave to Rust: host names and base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::{OpError, OpOutput, Operation, buffer};

/// Base64 with `-` and `_`, without padding.
pub const URL_ALPHABET: u32 = 1;

/// `bytes`. Gives base64; `flags`: [`URL_ALPHABET`].
const BASE64_ENCODE: u32 = 16;
/// `text`: a host name. Gives it in ASCII.
const DOMAIN_TO_ASCII: u32 = 18;
/// `text`: a host name. Gives it in Unicode.
const DOMAIN_TO_UNICODE: u32 = 19;

/// The operation of that number, as `builtins/internal/*.js` know it.
pub(super) fn operation(number: u32) -> Option<Operation> {
    Some(match number {
        BASE64_ENCODE => |call| base64_encode(call.flags, call.bytes),
        DOMAIN_TO_ASCII => |call| domain_to_ascii(call.text),
        DOMAIN_TO_UNICODE => |call| Ok(domain_to_unicode(call.text)),
        _ => return None,
    })
}

fn base64_encode(flags: u32, bytes: &[u8]) -> Result<OpOutput, OpError> {
    let mut encoded = buffer::<u8>(bytes.len().div_ceil(3) * 4)?;
    let written = if flags & URL_ALPHABET == 0 {
        STANDARD.encode_slice(bytes, &mut encoded)
    } else {
        URL_SAFE_NO_PAD.encode_slice(bytes, &mut encoded)
    }
    .expect("four characters for every three bytes");
    encoded.truncate(written);
    Ok(OpOutput::Latin1(encoded))
}

/// As URLs have it: the caller looks for forbidden characters, and lengths are not checked.
fn domain_to_ascii(text: &[u8]) -> Result<OpOutput, OpError> {
    Uts46::new()
        .to_ascii(
            text,
            AsciiDenyList::EMPTY,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .map(|domain| OpOutput::Utf8(domain.into_owned()))
        .map_err(|_| OpError::invalid_domain())
}

/// Labels that cannot be decoded stay as they are.
fn domain_to_unicode(text: &[u8]) -> OpOutput {
    let (domain, _) = Uts46::new().to_unicode(text, AsciiDenyList::EMPTY, Hyphens::Allow);
    OpOutput::Utf8(domain.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_modules() {
        let host_names = include_str!("../builtins/internal/shims/tr46.js");
        let codecs = include_str!("../builtins/internal/codecs.js");
        for (source, name, number) in [
            (host_names, "DOMAIN_TO_ASCII", DOMAIN_TO_ASCII),
            (host_names, "DOMAIN_TO_UNICODE", DOMAIN_TO_UNICODE),
            (codecs, "BASE64_ENCODE", BASE64_ENCODE),
            (codecs, "URL_ALPHABET", URL_ALPHABET),
        ] {
            assert!(
                source.contains(&format!("const {name} = {number};")),
                "{name} is not {number}"
            );
            assert!(name == "URL_ALPHABET" || operation(number).is_some());
        }
        assert!(operation(17).is_none());
    }

    fn ascii(domain: &str) -> Option<String> {
        match domain_to_ascii(domain.as_bytes()) {
            Ok(OpOutput::Utf8(text)) => Some(text),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(error.kind(), "TypeError");
                None
            }
        }
    }

    #[test]
    fn host_names_are_mapped_as_urls_have_it() {
        assert_eq!(ascii("faß.DE").as_deref(), Some("xn--fa-hia.de"));
        assert_eq!(ascii("☃.net").as_deref(), Some("xn--n3h.net"));
        assert_eq!(ascii("a_b.c").as_deref(), Some("a_b.c"));
        assert_eq!(ascii("a\u{ad}b").as_deref(), Some("ab"));
        assert_eq!(ascii("xn--a"), None);
        assert_eq!(ascii("\u{200d}"), None);
        assert_eq!(ascii(""), Some(String::new()));
    }

    #[test]
    fn ascii_host_names_are_shown_in_unicode() {
        assert_eq!(
            domain_to_unicode(b"xn--fa-hia.de"),
            OpOutput::Utf8("faß.de".to_owned())
        );
    }

    #[test]
    fn bytes_become_base64_of_either_alphabet() {
        let bytes = [0xfb, 0xff, 0x01, 0x02];
        let text = |flags| base64_encode(flags, &bytes).unwrap();
        assert_eq!(text(0), OpOutput::Latin1(b"+/8BAg==".to_vec()));
        assert_eq!(text(URL_ALPHABET), OpOutput::Latin1(b"-_8BAg".to_vec()));
        assert_eq!(base64_encode(0, b"").unwrap(), OpOutput::Latin1(vec![]));
    }
}
