// A window of its own above all others, with the picture and the chat in it, where the browser has such windows (Document
// Picture-in-Picture). The video element moves there and back, and goes on playing.
import { mount, unmount, type ComponentProps } from "svelte";
import Mini from "./Mini.svelte";

interface Opener {
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}
const SIZE = { width: 400, height: 600 };
const opener = (globalThis as { documentPictureInPicture?: Opener }).documentPictureInPicture;

/** Whether this browser has such windows. */
export const hasMini = opener !== undefined;

/** Opens one; null where that is refused. `closed`: it goes away, and the video has to be taken back at once. */
export async function openMini(props: ComponentProps<typeof Mini>, pressed: (event: KeyboardEvent) => void, closed: () => void): Promise<Window | null> {
  const mini = await opener?.requestWindow(SIZE).catch(() => null);
  if (!mini) return null;
  const page = mini.document;
  for (const { name, value } of document.documentElement.attributes) page.documentElement.setAttribute(name, value);
  for (const sheet of document.querySelectorAll('link[rel="stylesheet"]')) page.head.append(sheet.cloneNode());
  page.title = document.title;
  const built = mount(Mini, { target: page.body, props });
  mini.addEventListener("keydown", pressed);
  mini.addEventListener("pagehide", () => {
    closed();
    void unmount(built);
  });
  return mini;
}
