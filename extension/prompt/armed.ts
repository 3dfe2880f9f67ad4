/** When a click may be believed: the window has been seen, with the focus, for a while. Stops a click meant for what was under it. */

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export const ARM_MS = 500;

export function useArmed(): ReadonlySignal<boolean> {
  const armed = useSignal(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    function check(): void {
      clearTimeout(timer);
      armed.value = false;
      if (document.visibilityState !== 'visible' || !document.hasFocus()) return;
      timer = setTimeout(() => {
        armed.value = true;
      }, ARM_MS);
    }
    const stop = new AbortController();
    for (const event of ['focus', 'blur', 'resize']) window.addEventListener(event, check, { signal: stop.signal });
    document.addEventListener('visibilitychange', check, { signal: stop.signal });
    check();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [armed]);
  return armed;
}
