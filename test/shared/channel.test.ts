/** A link's two ends: calls, errors with their codes, and what happens to open calls when the wire is gone. */

import { describe, expect, it } from 'vitest';
import { type Channel, createChannel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';

function pair(): [Channel, Channel] {
  const left: Channel = createChannel({ send: message => right.receive(structuredClone(message)) });
  const right: Channel = createChannel({ send: message => left.receive(structuredClone(message)) });
  return [left, right];
}

describe('a channel', () => {
  it('answers a call with what the other side returns', async () => {
    const [left, right] = pair();
    right.handle('double', params => ({ twice: Number((params as { n: number }).n) * 2 }));
    expect(await left.call('double', { n: 21 })).toEqual({ twice: 42 });
  });

  it('carries an error with its code, its parameters and what to do', async () => {
    const [left, right] = pair();
    right.handle('fail', () => {
      throw new LsdError('quota', 'Too much.', { params: { limit: 5 }, userAction: 'free-space' });
    });
    await expect(left.call('fail', {})).rejects.toMatchObject({
      code: 'quota',
      message: 'Too much.',
      params: { limit: 5 },
      userAction: 'free-space',
    });
  });

  it('tells nothing of an error that was not foreseen', async () => {
    const [left, right] = pair();
    right.handle('fail', () => {
      throw new Error('/home/someone/secret');
    });
    const error = await left.call('fail', {}).catch(LsdError.from);
    expect(error).toMatchObject({ code: 'internal', message: expect.not.stringContaining('secret') });
  });

  it('answers an unknown method with invalid', async () => {
    const [left] = pair();
    await expect(left.call('nothing', {})).rejects.toMatchObject({ code: 'invalid' });
  });

  it('leaves no call open when the wire is gone, and takes no new one', async () => {
    const left = createChannel({ send: () => {} });
    const open = left.call('never', {});
    left.close(new LsdError('host-exited', 'Gone.'));
    await expect(open).rejects.toMatchObject({ code: 'host-exited' });
    await expect(left.call('again', {})).rejects.toMatchObject({ code: 'host-exited' });
  });

  it('shrugs at messages that make no sense', () => {
    const [left] = pair();
    for (const message of [null, 5, 'x', [], {}, { jsonrpc: '2.0' }, { jsonrpc: '2.0', id: 1, result: 5 }]) {
      expect(() => left.receive(message)).not.toThrow();
    }
  });
});
