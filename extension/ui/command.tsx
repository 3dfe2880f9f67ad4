/** A command for a terminal, with a button that copies it. */

import { useSignal } from '@preact/signals';
import { copyText } from './browser.ts';
import { say } from './say.ts';

export function Command({ text }: { text: string }) {
  const copied = useSignal(false);
  async function copy() {
    await copyText(text);
    copied.value = true;
  }
  return (
    <div class="command">
      <code dir="ltr">{text}</code>
      <button type="button" class="small" onClick={() => void copy()}>
        <span aria-live="polite">{copied.value ? say('copied') : say('copy')}</span>
      </button>
    </div>
  );
}
