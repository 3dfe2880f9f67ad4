/** Subtitles beside a film: which files are its, and what they say as WebVTT. Pure: names and bytes in, text out. */

import { extensionOf } from '../../shared/file-types.ts';

/** One file of subtitles, as `GET /get/ID/subtitles` gives it. */
export interface Subtitles {
  /** BCP 47, as the file's name says it; '' where it says none */
  language: string;
  /** what stands between the film's name and the extension, such as `en` or `de.forced`; '' where nothing does */
  label: string;
  /** WebVTT */
  text: string;
}

/** `de`, `pt-BR`, `zh-Hant`: what file names carry of BCP 47. */
const LANGUAGE = /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i;
/** A film's name is found in the name of its subtitles, whatever is between that and their extension. */
const MAX_LABEL = 40;

/** How `name` is labelled as subtitles of the file `film`; undefined where it is none of it. */
export function subtitlesOf(film: string, name: string): { label: string; language: string } | undefined {
  if (!['srt', 'vtt'].includes(extensionOf(name))) return undefined;
  const stem = stemOf(film).normalize();
  const rest = stemOf(name).normalize();
  if (!rest.startsWith(stem)) return undefined;
  const label = rest.slice(stem.length);
  if (label === '') return { label: '', language: '' };
  if (!label.startsWith('.') || label.length > MAX_LABEL) return undefined;
  const language =
    label
      .slice(1)
      .split('.')
      .find(part => LANGUAGE.test(part)) ?? '';
  return { label: label.slice(1), language };
}

function stemOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

/** The bytes of a `.vtt` or `.srt` file as WebVTT. A `.srt` without a time in it becomes an empty WebVTT. */
export function toVtt(bytes: Uint8Array): string {
  const text = decode(bytes).replace(/\r\n?/g, '\n').replaceAll('\0', '');
  return /^WEBVTT(\s|$)/.test(text) ? text : `WEBVTT\n\n${fromSrt(text)}`;
}

/** UTF-8; what is none is UTF-16 by its byte order mark, else what most old `.srt` files are in. */
function decode(bytes: Uint8Array): string {
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : '';
  if (mark) return new TextDecoder(mark).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** SubRip has no standard: `00:01:02,003 --> 00:01:04,000`, a blank line after each cue, and tags that WebVTT lacks. */
const TIMES = /^\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})/;

function fromSrt(text: string): string {
  const cues: string[] = [];
  for (const block of text.split(/\n[ \t]*\n+/)) {
    const lines = block.split('\n');
    const at = lines.findIndex(line => TIMES.test(line));
    const times = lines[at]?.match(TIMES)?.slice(1);
    const said = lines
      .slice(at + 1)
      .map(plain)
      .filter(line => line !== '');
    if (times && said.length > 0)
      cues.push(`${time(times.slice(0, 4))} --> ${time(times.slice(4))}\n${said.join('\n')}`);
  }
  return cues.length > 0 ? `${cues.join('\n\n')}\n` : '';
}

function time([hours = '', minutes = '', seconds = '', fraction = '']: string[]): string {
  const two = (part: string) => part.padStart(2, '0');
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${fraction.padEnd(3, '0')}`;
}

/** Italics, bold and underline mean the same in both; an arrow would end the text. */
function plain(line: string): string {
  return line
    .replace(/<(?!\/?[ibu]>)[^>]*>/gi, '')
    .replace(/\{\\[^}]*\}/g, '')
    .replaceAll('-->', '→')
    .trim();
}
