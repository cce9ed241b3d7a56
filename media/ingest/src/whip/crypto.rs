//! The cryptography under WebRTC: ring for everything that is done per packet, `dimpl` with the `RustCrypto` crates for
//! the handshake (ring has no DTLS). The state machine's own choices would bring in aws-lc or OpenSSL.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use aes::cipher::{BlockEncrypt, KeyInit, KeyIvInit, StreamCipher};
use aes::{Aes128, Aes256, Block};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use ring::{digest, hmac};
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
};
use str0m::crypto::{
    AeadAes128GcmCipher, AeadAes256GcmCipher, Aes128CmSha1_80Cipher, CryptoError, CryptoProvider,
    Sha1HmacProvider, Sha256Provider, SrtpProvider, SupportedAeadAes128Gcm, SupportedAeadAes256Gcm,
    SupportedAes128CmSha1_80,
};

/// What the state machine works with.
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        srtp_provider: &Ours,
        sha1_hmac_provider: &Ours,
        sha256_provider: &Ours,
        dtls_provider: &Ours,
    }
}

/// A certificate for this process; senders compare it with the fingerprint in the answer, nobody else looks at it.
pub fn certificate() -> Option<DtlsCert> {
    let issued = rcgen::generate_simple_self_signed(vec!["matsuri".to_owned()]).ok()?;
    Some(DtlsCert {
        certificate: issued.cert.der().to_vec(),
        private_key: issued.signing_key.serialize_der(),
    })
}

#[derive(Debug)]
struct Ours;

fn failed(what: &str) -> CryptoError {
    CryptoError::Other(what.to_owned())
}

impl Sha1HmacProvider for Ours {
    fn sha1_hmac(&self, key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
        let mut context = hmac::Context::with_key(&key);
        for payload in payloads {
            context.update(payload);
        }
        let mut tag = [0; 20];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

impl Sha256Provider for Ours {
    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, data).as_ref());
        hash
    }
}

impl SrtpProvider for Ours {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        &Ours
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        &Ours
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        &Ours
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        if let Ok(cipher) = Aes128::new_from_slice(key) {
            ecb_round(&cipher, input, output);
        }
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        if let Ok(cipher) = Aes256::new_from_slice(key) {
            ecb_round(&cipher, input, output);
        }
    }
}

/// One block, as keys are derived from it (RFC 3711 §4.3.3). What follows it in the output is not looked at.
fn ecb_round(
    cipher: &impl BlockEncrypt<BlockSize = aes::cipher::consts::U16>,
    input: &[u8],
    output: &mut [u8],
) {
    let (Some(input), Some(output)) = (input.get(..16), output.get_mut(..16)) else {
        return;
    };
    let mut block = Block::clone_from_slice(input);
    cipher.encrypt_block(&mut block);
    output.copy_from_slice(&block);
}

impl SupportedAes128CmSha1_80 for Ours {
    fn create_cipher(&self, key: [u8; 16], _encrypt: bool) -> Box<dyn Aes128CmSha1_80Cipher> {
        Box::new(CounterMode(key))
    }
}

struct CounterMode([u8; 16]);

impl fmt::Debug for CounterMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CounterMode(…)")
    }
}

impl Aes128CmSha1_80Cipher for CounterMode {
    fn encrypt(
        &mut self,
        iv: &[u8; 16],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        let mut cipher = ctr::Ctr128BE::<Aes128>::new(&self.0.into(), iv.into());
        let output = output
            .get_mut(..input.len())
            .ok_or_else(|| failed("no room"))?;
        output.copy_from_slice(input);
        cipher.apply_keystream(output);
        Ok(())
    }

    fn decrypt(
        &mut self,
        iv: &[u8; 16],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.encrypt(iv, input, output)
    }
}

struct Gcm(Option<LessSafeKey>);

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gcm(…)")
    }
}

impl Gcm {
    fn new(algorithm: &'static Algorithm, key: &[u8]) -> Self {
        Self(UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new))
    }

    fn seal(&self, iv: [u8; 12], aad: &[u8], input: &[u8], output: &mut [u8]) -> Option<()> {
        let (text, rest) = output.split_at_mut_checked(input.len())?;
        text.copy_from_slice(input);
        let nonce = Nonce::assume_unique_for_key(iv);
        let key = self.0.as_ref()?;
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::from(aad), text)
            .ok()?;
        rest.get_mut(..tag.as_ref().len())?
            .copy_from_slice(tag.as_ref());
        Some(())
    }

    fn open(&self, iv: [u8; 12], aads: &[&[u8]], input: &[u8], output: &mut [u8]) -> Option<usize> {
        let nonce = Nonce::assume_unique_for_key(iv);
        let mut text = input.to_vec();
        let key = self.0.as_ref()?;
        let plain = match aads {
            [aad] => key.open_in_place(nonce, Aad::from(*aad), &mut text),
            _ => key.open_in_place(nonce, Aad::from(aads.concat()), &mut text),
        };
        let plain = plain.ok()?;
        output.get_mut(..plain.len())?.copy_from_slice(plain);
        Some(plain.len())
    }
}

macro_rules! gcm {
    ($supported:ident, $cipher:ident, $algorithm:ident, $key:literal) => {
        impl $supported for Ours {
            fn create_cipher(&self, key: [u8; $key], _encrypt: bool) -> Box<dyn $cipher> {
                Box::new(Gcm::new(&$algorithm, &key))
            }
        }

        impl $cipher for Gcm {
            fn encrypt(
                &mut self,
                iv: &[u8; 12],
                aad: &[u8],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<(), CryptoError> {
                let sealed = self.seal(*iv, aad, input, output);
                sealed.ok_or_else(|| failed("a packet cannot be sealed"))
            }

            fn decrypt(
                &mut self,
                iv: &[u8; 12],
                aads: &[&[u8]],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<usize, CryptoError> {
                let opened = self.open(*iv, aads, input, output);
                opened.ok_or_else(|| failed("a packet cannot be opened"))
            }
        }
    };
}
gcm!(SupportedAeadAes128Gcm, AeadAes128GcmCipher, AES_128_GCM, 16);
gcm!(SupportedAeadAes256Gcm, AeadAes256GcmCipher, AES_256_GCM, 32);

impl DtlsProvider for Ours {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        // Whoever gets here has answered a check at its address; a cookie would prove the same once more.
        let mut config = dimpl::Config::builder().use_server_cookie(false);
        if let Some(mtu) = mtu {
            config = config.mtu(mtu);
        }
        let config = Arc::new(config.build().map_err(|error| failed(&error.to_string()))?);
        let certificate = certificate.clone();
        let dtls = match version {
            DtlsVersion::Dtls12 => dimpl::Dtls::new_12(config, certificate, now),
            _ => dimpl::Dtls::new_auto(config, certificate, now),
        };
        Ok(Box::new(Dtls(dtls)))
    }
}

struct Dtls(dimpl::Dtls);

impl fmt::Debug for Dtls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dtls(…)")
    }
}

impl DtlsInstance for Dtls {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        self.0.poll_output(buffer)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<(), DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().collect();
        let byte =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// RFC 7714 §16.1.1.
    #[test]
    fn a_packet_is_sealed_as_the_standard_shows_and_opened_again() {
        let key: Vec<u8> = (0..16).collect();
        let iv: [u8; 12] = bytes("51753c6580c2726f20718414").try_into().unwrap();
        let aad = bytes("8040f17b8041f8d35501a0b2");
        let plain = b"Gallia est omnis divisa in partes tres";
        let mut sealed = vec![0; plain.len() + 16];
        let mut cipher =
            SupportedAeadAes128Gcm::create_cipher(&Ours, key.try_into().unwrap(), true);
        cipher.encrypt(&iv, &aad, plain, &mut sealed).unwrap();
        assert_eq!(
            sealed,
            bytes(
                "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
            )
        );
        let mut opened = vec![0; sealed.len()];
        assert_eq!(
            cipher.decrypt(&iv, &[&aad], &sealed, &mut opened).unwrap(),
            plain.len()
        );
        assert_eq!(&opened[..plain.len()], plain);
        sealed[0] ^= 1;
        assert!(cipher.decrypt(&iv, &[&aad], &sealed, &mut opened).is_err());
    }

    /// RFC 3711 §B.2 (the first block of the keystream) and §B.3 (key derivation is the same cipher).
    #[test]
    fn the_counter_mode_makes_the_keystream_that_the_standard_shows() {
        let key: [u8; 16] = bytes("2b7e151628aed2a6abf7158809cf4f3c")
            .try_into()
            .unwrap();
        let iv: [u8; 16] = bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000")
            .try_into()
            .unwrap();
        let mut stream = [0; 16];
        CounterMode(key)
            .encrypt(&iv, &[0; 16], &mut stream)
            .unwrap();
        assert_eq!(stream.to_vec(), bytes("e03ead0935c95e80e166b16dd92b4eb4"));
        let mut block = [0; 32];
        Ours.srtp_aes_128_ecb_round(&key, &iv, &mut block);
        assert_eq!(block[..16], stream);
    }

    /// RFC 2202 §3, case 2.
    #[test]
    fn the_hash_of_checks_is_the_standard_one() {
        let tag = Ours.sha1_hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(
            tag.to_vec(),
            bytes("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
        );
    }

    #[test]
    fn a_certificate_can_be_made() {
        assert!(certificate().is_some());
    }
}
