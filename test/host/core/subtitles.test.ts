/** Subtitles: which names go with a film, and what SubRip becomes. */

import { describe, expect, it } from 'vitest';
import { subtitlesOf, toVtt } from '../../../host/core/subtitles.ts';

describe('subtitles of "The film.mp4"', () => {
  it.each([
    ['The film.srt', { label: '', language: '' }],
    ['The film.VTT', { label: '', language: '' }],
    ['The film.en.srt', { label: 'en', language: 'en' }],
    ['The film.pt-BR.vtt', { label: 'pt-BR', language: 'pt-BR' }],
    ['The film.forced.de.srt', { label: 'forced.de', language: 'de' }],
    ['The film.Director speaks.srt', { label: 'Director speaks', language: '' }],
    ['The film 2.srt', undefined],
    ['The film.txt', undefined],
    ['Another.srt', undefined],
    [`The film.${'x'.repeat(60)}.srt`, undefined],
  ])('%s', (name, named) => {
    expect(subtitlesOf('The film.mp4', name)).toEqual(named);
  });
});

describe('what is said', () => {
  const vtt = (text: string | Uint8Array) => toVtt(typeof text === 'string' ? Buffer.from(text) : text);

  it('stays as it is where it is WebVTT', () => {
    expect(vtt('\ufeffWEBVTT - a film\n\n00:01.000 --> 00:02.000\nHello')).toBe(
      'WEBVTT - a film\n\n00:01.000 --> 00:02.000\nHello',
    );
  });

  it('becomes WebVTT where it is SubRip: times, ends of lines, tags', () => {
    const srt =
      '1\r\n00:00:01,5 --> 00:00:02,000\r\n<font color="red">Hello</font> <i>you</i>\r\n\r\n\r\n2\r\n0:1:2,003 --> 00:01:04,000 X1:3\r\n{\\an8}up -->\r\nthere\r\n';
    expect(vtt(srt)).toBe(
      'WEBVTT\n\n00:00:01.500 --> 00:00:02.000\nHello <i>you</i>\n\n00:01:02.003 --> 00:01:04.000\nup →\nthere\n',
    );
  });

  it.each([
    [
      'UTF-16',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nÜber', 'utf16le')]),
    ],
    ['windows-1252', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nÜber', 'latin1')],
    ['UTF-8', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nÜber')],
  ])('is read as %s', (_encoding, bytes) => {
    expect(vtt(bytes)).toBe('WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nÜber\n');
  });

  it.each(['', 'no times at all', '00:00:01,000 --> 00:00:02,000', '\0\0\0'])('is an empty WebVTT for %j', text => {
    expect(vtt(text)).toBe('WEBVTT\n\n');
  });
});
