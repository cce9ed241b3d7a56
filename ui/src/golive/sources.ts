// Cameras, screens and microphones.

export interface Devices {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
}

export async function devices(): Promise<Devices> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind): MediaDeviceInfo[] => all.filter((device) => device.kind === kind && device.deviceId !== "");
  return { cameras: of("videoinput"), microphones: of("audioinput") };
}

const exactly = (id: string): object => (id === "" ? {} : { deviceId: { exact: id } });

export async function camera(id: string): Promise<MediaStreamTrack | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...exactly(id), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } });
  const track = stream.getVideoTracks()[0] ?? null;
  if (track) track.contentHint = "motion";
  return track;
}

export async function screen(): Promise<MediaStreamTrack | null> {
  const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 30 }, width: { max: 1920 }, height: { max: 1080 } }, audio: false });
  const track = stream.getVideoTracks()[0] ?? null;
  // Text has to stay sharp.
  if (track) track.contentHint = "detail";
  return track;
}

export async function microphone(id: string): Promise<MediaStreamTrack | null> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: exactly(id) });
  return stream.getAudioTracks()[0] ?? null;
}

/** Reads the level of a track many times a second until the returned function is called. */
export function watchLevel(track: MediaStreamTrack, told: (samples: Float32Array) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  void context.resume();
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    told(samples);
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
