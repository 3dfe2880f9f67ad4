/** Days and hours of a schedule, in each language's own way. */

import { expect, it } from 'vitest';
import { daysName, hoursName, minutesOf } from '../../shared/week.ts';

/** Intl's spaces, some of which are narrow or do not break, as one kind. */
const plain = (text: string) => text.replace(/[\u2009\u202f\u00a0]/g, ' ');

it.each([
  ['en-GB', 'Mon, Tue, Sun', '22:00–06:00'],
  ['en-US', 'Mon, Tue, Sun', '10:00 PM – 6:00 AM'],
  ['de', 'Mo, Di und So', '22:00–06:00 Uhr'],
  ['ar-EG', 'الاثنين، والثلاثاء، والأحد', '١٠:٠٠ م – ٦:٠٠ ص'],
  ['ja', '月 火 日', '22時00分～6時00分'],
])('%s: %s, %s', (tag, days, hours) => {
  expect(plain(daysName(tag, ['sun', 'mon', 'tue']))).toBe(days);
  expect(plain(hoursName(tag, '22:00', '06:00'))).toBe(hours);
});

it('a whole day has two ends', () => {
  expect(hoursName('en-GB', '00:00', '00:00')).toBe('00:00–23:59');
  expect(hoursName('en-GB', '08:00', '08:00')).toBe('08:00–07:59');
});

it('a time of the day is minutes', () => {
  expect(['00:00', '08:30', '23:59'].map(minutesOf)).toEqual([0, 510, 1439]);
});
