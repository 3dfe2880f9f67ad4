/** The ends of the grant window: the bar with its answers, a window that can only say no, and one whose question is gone. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useAct } from '../ui/act.ts';
import { say } from '../ui/say.ts';

export type Deny = () => Promise<unknown>;

/** Has the focus from the start, so that a key struck too early says no. Escape does the same. */
export function DenyButton({ deny, label }: { deny: Deny; label: string }) {
  const button = useRef<HTMLButtonElement>(null);
  const act = useAct();
  const decline = () => void act.run(deny);
  useEffect(() => {
    button.current?.focus();
    const stop = new AbortController();
    document.addEventListener('keydown', event => event.key === 'Escape' && decline(), { signal: stop.signal });
    return () => stop.abort();
  }, []);
  return (
    <button type="button" ref={button} onClick={decline}>
      {label}
    </button>
  );
}

export function AnswerBar({ children }: { children: ComponentChildren }) {
  return <footer class="answers">{children}</footer>;
}

export function DenyOnly({ deny, body }: { deny: Deny; body: ComponentChildren }) {
  return (
    <>
      <div class="ask">{body}</div>
      <AnswerBar>
        <div class="buttons end">
          <DenyButton deny={deny} label={say('ask.deny')} />
        </div>
      </AnswerBar>
    </>
  );
}

export function Gone() {
  const close = async () => window.close();
  return (
    <>
      <div class="ask">
        <h1>{say('ask.gone')}</h1>
        <p>{say('ask.gone.cause')}</p>
      </div>
      <AnswerBar>
        <div class="buttons end">
          <DenyButton deny={close} label={say('ask.close')} />
        </div>
      </AnswerBar>
    </>
  );
}
