/** Which rows of a long list are in sight: virtual-core, as a hook. */

import { useSignal } from '@preact/signals';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** Rows above and below the window that are drawn, too. */
const OVERSCAN = 8;

export interface VirtualOptions {
  count: number;
  /** px; every row is as high */
  rowHeight: number;
  /** px; of what sticks to the top of the scroller */
  headHeight: number;
}

export function useVirtual(scroller: RefObject<HTMLElement | null>, { count, rowHeight, headHeight }: VirtualOptions) {
  const drawn = useSignal(0);
  drawn.value;
  const options = {
    count,
    estimateSize: () => rowHeight,
    paddingStart: headHeight,
    scrollPaddingStart: headHeight,
    overscan: OVERSCAN,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => {
      drawn.value++;
    },
  };
  const kept = useRef<Virtualizer<HTMLElement, HTMLElement>>(null);
  kept.current ??= new Virtualizer<HTMLElement, HTMLElement>(options);
  const virtual = kept.current;
  virtual.setOptions(options);
  useEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight, headHeight]);
  return virtual;
}
