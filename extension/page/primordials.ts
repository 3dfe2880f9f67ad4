/**
 * What this script needs of the page's world, taken before the page's scripts run: a page that replaces prototypes later
 * can neither reach the private port through them nor break the promises of other scripts on the same page.
 */

export const { apply } = Reflect;

export const { parse, stringify } = JSON;
export const { create, defineProperty, freeze } = Object;
export const Promised = Promise;
export const Failure = Error;
export const Detailed = CustomEvent;
export const Plain = Event;
export const Handing = SubmitEvent;
export const isArray = Array.isArray;
const Html = HTMLElement;

const then = Promise.prototype.then;
const dispatch = EventTarget.prototype.dispatchEvent;
const listen = EventTarget.prototype.addEventListener;
const post = MessagePort.prototype.postMessage;
const query = navigator.permissions?.query;
const permissions = navigator.permissions;
const setAttribute = Element.prototype.setAttribute;
const submitter = Object.getOwnPropertyDescriptor(SubmitEvent.prototype, 'submitter')?.get;
const messageData = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data')?.get;

export function whenSettled<T>(promise: Promise<T>, done: (value: T) => void, failed: (reason: unknown) => void): void {
  apply(then, promise, [done, failed]);
}

export function dispatchOn(target: EventTarget, event: Event): void {
  apply(dispatch, target, [event]);
}

export function listenOn(
  target: EventTarget,
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: boolean | AddEventListenerOptions,
): void {
  apply(listen, target, [type, listener, options]);
}

export function postTo(port: MessagePort, message: string): void {
  apply(post, port, [message]);
}

export function dataOf(event: Event): unknown {
  return messageData ? apply(messageData, event, []) : undefined;
}

export function setSource(element: HTMLElement, url: string): void {
  apply(setAttribute, element, ['src', url]);
}

/** The element that a SubmitEvent carries. */
export function submitterOf(event: Event): HTMLElement | undefined {
  const element: unknown = submitter && apply(submitter, event, []);
  return element instanceof Html ? element : undefined;
}

/** The state of a permission, or undefined where the browser does not know its name. */
export function permissionState(name: string): Promise<PermissionStatus> | undefined {
  return query && apply(query, permissions, [{ name }]);
}
