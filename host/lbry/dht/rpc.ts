/** Questions to other nodes and their answers: each answer belongs to a question, and comes from whom it was put to. */

import { randomBytes } from 'node:crypto';
import { LsdError } from '../../../shared/errors.ts';
import type { Timers } from '../../platform/timers.ts';
import type { DhtValue } from './bencode.ts';
import {
  decodeDatagram,
  type ErrorDatagram,
  encodeDatagram,
  type RequestDatagram,
  type ResponseDatagram,
} from './datagram.ts';
import type { Key } from './id.ts';
import { type Contact, type Request, writeRequest } from './messages.ts';

export const ANSWER_MS = 5_000;
const RPC_ID_BYTES = 20;

/** Where datagrams go and come from. */
export interface DatagramSocket {
  send(bytes: Uint8Array, address: string, port: number): void;
  onDatagram(listener: (bytes: Uint8Array, address: string, port: number) => void): void;
}

export interface RpcOptions {
  self: Key;
  socket: DatagramSocket;
  timers: Timers;
  /** May this address be spoken with? */
  mayContact(address: string): boolean;
  /** What a request is answered with; an LsdError's sentence becomes the answer's error. */
  answer(request: RequestDatagram, from: Contact): DhtValue;
}

/** Where a node is, before anything else is known of it. */
export type NodeAddress = Pick<Contact, 'address' | 'udpPort'>;

export interface Answer {
  /** as the answer has it: not always the one that was expected there */
  id: Key;
  result: DhtValue;
}

export interface Rpc {
  /**
   * Throws `timeout` after five seconds, and `site-error` with the other node's words where it answers with an error.
   */
  ask(to: NodeAddress, request: Request, signal: AbortSignal): Promise<Answer>;
  /** Ends what is waited for; nothing is asked any more, and nothing answered. */
  close(): void;
}

interface Pending {
  address: string;
  port: number;
  settle(answer: ResponseDatagram | ErrorDatagram): void;
  fail(reason: LsdError): void;
}

export function createRpc({ self, socket, timers, mayContact, answer }: RpcOptions): Rpc {
  const pending = new Map<string, Pending>();
  let isClosed = false;

  socket.onDatagram((bytes, address, port) => {
    if (isClosed || !mayContact(address) || port < 1024) return;
    const datagram = decoded(bytes);
    if (!datagram || datagram.nodeId === self) return;
    if (datagram.kind === 'request') reply(datagram, { id: datagram.nodeId, address, udpPort: port });
    else settle(datagram, address, port);
  });

  function reply(request: RequestDatagram, from: Contact): void {
    const envelope = { rpcId: request.rpcId, nodeId: self };
    let bytes: Uint8Array;
    try {
      bytes = encodeDatagram({ ...envelope, kind: 'response', result: answer(request, from) });
    } catch (thrown) {
      if (!(thrown instanceof LsdError)) throw thrown;
      // The type is what lbry-sdk's clients expect: they are told the name of an exception.
      bytes = encodeDatagram({ ...envelope, kind: 'error', type: "<class 'ValueError'>", message: thrown.message });
    }
    socket.send(bytes, from.address, from.udpPort);
  }

  function settle(datagram: ResponseDatagram | ErrorDatagram, address: string, port: number): void {
    const question = pending.get(datagram.rpcId);
    // Behind some routers the answer comes from another port; for errors lbry-sdk looks at that as well.
    if (question?.address !== address || (datagram.kind === 'error' && question.port !== port)) return;
    pending.delete(datagram.rpcId);
    question.settle(datagram);
  }

  return {
    ask({ address, udpPort }, request, signal) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (isClosed) throw closedError();
        if (!mayContact(address)) throw new LsdError('denied', `The node at ${address} may not be contacted.`);
        const rpcId = randomBytes(RPC_ID_BYTES).toString('hex');
        const end = (finish: () => void) => {
          pending.delete(rpcId);
          cancel();
          signal.removeEventListener('abort', aborted);
          finish();
        };
        const aborted = () => end(() => reject(signal.reason));
        const cancel = timers.after(ANSWER_MS, () =>
          end(() => reject(new LsdError('timeout', `The node at ${address}:${udpPort} does not answer.`))),
        );
        signal.addEventListener('abort', aborted, { once: true });
        pending.set(rpcId, {
          address,
          port: udpPort,
          fail: reason => end(() => reject(reason)),
          settle: datagram =>
            end(() => {
              if (datagram.kind === 'response') resolve({ id: datagram.nodeId, result: datagram.result });
              else
                reject(
                  new LsdError(
                    'site-error',
                    `The node at ${address}:${udpPort} refuses: ${datagram.message.slice(0, 200)}`,
                  ),
                );
            }),
        });
        socket.send(
          encodeDatagram({ kind: 'request', rpcId, nodeId: self, ...writeRequest(request) }),
          address,
          udpPort,
        );
      });
    },
    close() {
      isClosed = true;
      for (const question of [...pending.values()]) question.fail(closedError());
    },
  };
}

function closedError(): LsdError {
  return new LsdError('aborted', 'The node of the DHT is closed.');
}

function decoded(bytes: Uint8Array) {
  try {
    return decodeDatagram(bytes);
  } catch {
    return undefined; // noise: whoever sends it gets no answer to amplify
  }
}
