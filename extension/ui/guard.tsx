/** A reply of a shape that this build does not know ends in a sentence, never in an empty page. */

import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { LsdError } from '../../shared/errors.ts';
import { PageTrouble } from './trouble.tsx';

interface GuardProps {
  children: ComponentChildren;
  refresh: () => Promise<unknown>;
}

export function Guard({ children, refresh }: GuardProps) {
  const [thrown, reset] = useErrorBoundary();
  if (thrown === undefined) return <>{children}</>;
  const retry = async () => {
    await refresh();
    reset();
  };
  return <PageTrouble error={LsdError.from(thrown)} retry={retry} />;
}
