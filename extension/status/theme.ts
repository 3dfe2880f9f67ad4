/** Another number whenever the colours are others: what is drawn by hand is drawn again. */

import { signal } from '@preact/signals';

const version = signal(0);
for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
  matchMedia(query).addEventListener('change', () => {
    version.value++;
  });
}

export function useTheme(): number {
  return version.value;
}
