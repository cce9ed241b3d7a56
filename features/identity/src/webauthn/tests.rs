//! Test vectors of "Web Authentication: Level 3", §16, and what must not pass.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).expect("hex")
}

fn party() -> Party {
    Party::of("https://example.org")
}

/// A vector: a registration and a use of the passkey that came from it.
struct Vector {
    challenge: &'static str,
    client_data: &'static str,
    attestation: &'static str,
    credential: &'static str,
    get_challenge: &'static str,
    get_client_data: &'static str,
    get_data: &'static str,
    signature: &'static str,
}

/// §16.2, ES256 without attestation.
const NONE: Vector = Vector {
    challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
    attestation: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    credential: "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4",
    get_challenge: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    get_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    get_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
};

/// §16.3, ES256 with self attestation.
const SELF: Vector = Vector {
    challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
    client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
    attestation: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    credential: "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c",
    get_challenge: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
    get_client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
    get_data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
    signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
};

fn asked(challenge: &str) -> String {
    BASE64URL_NOPAD.encode(&hex(challenge))
}

fn registered(vector: &Vector) -> Result<Registered, Broken> {
    let (client_data, attestation) = (hex(vector.client_data), hex(vector.attestation));
    register(
        &party(),
        &asked(vector.challenge),
        &client_data,
        &attestation,
    )
}

#[test]
fn the_vectors_of_the_specification_pass() {
    for vector in [NONE, SELF] {
        let made = registered(&vector).expect("a passkey");
        assert_eq!(made.credential, asked(vector.credential));
        let used = assert(
            &party(),
            &asked(vector.get_challenge),
            &made.public_key,
            &hex(vector.get_client_data),
            &hex(vector.get_data),
            &hex(vector.signature),
        );
        assert_eq!(
            used,
            Ok(Asserted {
                count: 0,
                verified: false
            })
        );
    }
    assert!(registered(&SELF).expect("a passkey").verified);
    assert!(!registered(&NONE).expect("a passkey").verified);
}

#[test]
fn nothing_of_a_registration_can_be_exchanged() {
    let (client_data, attestation) = (hex(SELF.client_data), hex(SELF.attestation));
    let ours = asked(SELF.challenge);
    let theirs = Party::of("https://example.net");
    assert!(register(&party(), &asked(NONE.challenge), &client_data, &attestation).is_err());
    assert!(register(&theirs, &ours, &client_data, &attestation).is_err());
    assert!(register(&party(), &ours, &hex(SELF.get_client_data), &attestation).is_err());
    for at in 0..attestation.len() {
        let mut bent = attestation.clone();
        bent[at] ^= 1;
        let read = register(&party(), &ours, &client_data, &bent);
        assert!(read.is_err(), "a bit at {at} of what is signed was changed");
        assert!(register(&party(), &ours, &client_data, &attestation[..at]).is_err());
    }
}

#[test]
fn nothing_of_a_use_can_be_exchanged() {
    let key = registered(&NONE).expect("a passkey").public_key;
    let other = registered(&SELF).expect("a passkey").public_key;
    let (challenge, client) = (asked(NONE.get_challenge), hex(NONE.get_client_data));
    let (data, signature) = (hex(NONE.get_data), hex(NONE.signature));
    let attempt = |key: &[u8], client: &[u8], data: &[u8], signature: &[u8]| {
        assert(&party(), &challenge, key, client, data, signature).is_ok()
    };
    assert!(attempt(&key, &client, &data, &signature));
    assert!(!attempt(&other, &client, &data, &signature));
    assert!(!attempt(
        &key,
        &hex(SELF.get_client_data),
        &data,
        &signature
    ));
    assert!(!attempt(&key, &client, &hex(SELF.get_data), &signature));
    assert!(!attempt(&key, &client, &data, &hex(SELF.signature)));
    assert!(!attempt(&key, &client, &data, b""));
    for at in 0..data.len() {
        let mut bent = data.clone();
        bent[at] ^= 1;
        assert!(!attempt(&key, &client, &bent, &signature), "at {at}");
    }
}

#[test]
fn the_other_kinds_of_keys_are_checked_too() {
    // Ed25519, signed here.
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
    let mut cose = hex("a401010327200621").clone();
    cose.extend_from_slice(&[0x58, 32]);
    cose.extend_from_slice(pair.public_key().as_ref());
    let (client, data) = (hex(NONE.get_client_data), hex(NONE.get_data));
    let signature = pair.sign(&signed(&data, &client));
    let challenge = asked(NONE.get_challenge);
    let good = assert(
        &party(),
        &challenge,
        &cose,
        &client,
        &data,
        signature.as_ref(),
    );
    assert!(good.is_ok(), "{good:?}");
    let bad = assert(&party(), &challenge, &cose, &client, &data, &[0; 64]);
    assert!(bad.is_err());
    // RS256, §16.10: the modulus is (2^1279 - 1)(2^2203 - 1), bits 2204 to 3481, 1279 to 2202, and 0.
    let mut modulus = vec![0_u8; 436];
    for bit in (2204..=3481).chain(1279..=2202).chain([0]) {
        modulus[435 - bit / 8] |= 1 << (bit % 8);
    }
    let cose = [hex("a4010303390100205901b4"), modulus, hex("2143010001")].concat();
    let client = hex(
        "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224b56395a39667150356978617970346e596d7834794e6f33617562597a5333536d75757459423462784d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    );
    let data = hex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000");
    let challenge = asked("295f59f5fa8fe62c5aca9e27626c78c8da376ae6d8cd2dd29aebad601e1bc4c5");
    let signature = hex(
        "01063d52d7c39b4d432fc7063c5d93e582bdcb16889cd71f888d67d880ea730a428498d3bc8e1ee11f2b1ecbe6c292b118c55ffaaddefa8cad0a54dd137c51f1eec673f1bb6c4d1789d6826a222b22d0f585fc901fdc933212e579d199b89d672aa44891333e6a1355536025e82b25590256c3538229b55737083b2f6b9377e49e2472f11952f79fdd0da180b5ffd901b4049a8f081bb40711bef76c62aed943571f2d0575304cb549d68d8892f95086a30f93716aee818f8dc06e96c0d5e0ed4cfa9fd8773d90464b68cf140f7986666ff9c9e3302acd0535d60d769f465e2ab57ef8aabc89fccfef7ba32a64154a8b3d26be2298f470b8cc5377dbe3dfd4b0b45f8f01e63bde6cfc76b62771f9b70aa27cf40152cad93aa5acd784fd4b90f676e2ea828d0bf2400aebbaae4153e5838f537f88b6228346782a93a899be66ec77de45b3efcf311da6321c92e6b0cd11bfe653bf3e98cee8e341f02d67dbb6f9c98d9e8178090cfb5b70fbc6d541599ac794ae2f1d4de1286ec8de8c2daf7b1d15c8438e90d924df5c19045220a4c8438c1b979bbe016cf3d0eeec23c3999d4882cc645b776de930756612cdc6dd398160ff02a6",
    );
    let good = assert(&party(), &challenge, &cose, &client, &data, &signature);
    assert!(good.is_ok(), "{good:?}");
}

#[test]
fn the_party_is_the_host_of_the_site() {
    for (url, id) in [
        ("https://conf.example.org", "conf.example.org"),
        ("http://localhost:8080", "localhost"),
        ("https://[::1]:8443", "::1"),
    ] {
        let party = Party::of(url);
        assert_eq!((party.origin.as_str(), party.id.as_str()), (url, id));
    }
}
