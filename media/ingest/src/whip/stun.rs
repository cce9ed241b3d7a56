//! As much of STUN (RFC 8489) as it takes to find out whom a connectivity check is for.

const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const USERNAME: u16 = 0x0006;

/// Whether a datagram is STUN at all (RFC 7983 §7).
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 4)
}

/// The fragment of the user name that a connectivity check addresses: ours, before the colon.
pub fn addressee(datagram: &[u8]) -> Option<&str> {
    let header = datagram.get(..HEADER)?;
    if header[..2] != BINDING_REQUEST || header[4..8] != COOKIE {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let mut rest = datagram.get(HEADER..HEADER + length)?;
    while let [kind_high, kind_low, length_high, length_low, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
        let value = after.get(..length)?;
        if u16::from_be_bytes([*kind_high, *kind_low]) == USERNAME {
            let (ours, _theirs) = std::str::from_utf8(value).ok()?.split_once(':')?;
            return Some(ours);
        }
        rest = after.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, value) in attributes {
            body.extend_from_slice(&kind.to_be_bytes());
            body.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            body.extend_from_slice(value);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut datagram = BINDING_REQUEST.to_vec();
        datagram.extend_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        datagram.extend_from_slice(&COOKIE);
        datagram.extend_from_slice(&[7; 12]);
        datagram.extend_from_slice(&body);
        datagram
    }

    #[test]
    fn a_check_names_its_addressee_wherever_it_stands() {
        assert_eq!(addressee(&request(&[(6, b"ours:theirs")])), Some("ours"));
        let later = request(&[(0x24, &[0; 4]), (0x8022, b"x"), (6, b"abc:d")]);
        assert_eq!(addressee(&later), Some("abc"));
        assert!(is_stun(&later));
    }

    #[test]
    fn what_addresses_nobody_is_for_nobody() {
        assert_eq!(addressee(&[]), None);
        assert_eq!(addressee(&request(&[])), None);
        assert_eq!(addressee(&request(&[(6, b"no colon")])), None);
        assert_eq!(addressee(&request(&[(6, &[0xff, b':'])])), None);
        let mut response = request(&[(6, b"ours:theirs")]);
        response[0] = 1;
        assert_eq!(addressee(&response), None);
    }

    #[test]
    fn a_check_cut_or_bent_anywhere_harms_nobody() {
        let whole = request(&[(0x8022, b"name"), (6, b"ours:theirs")]);
        for length in 0..whole.len() {
            assert_eq!(addressee(&whole[..length]), None, "{length}");
        }
        for bit in 0..whole.len() * 8 {
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let _whoever = addressee(&bent);
        }
    }
}
