/** The page without data, which needs no browser to be looked at. */
import { expect, test } from 'vitest';
import { pageTemplate } from '../../src/viewer/template.ts';

test('the page without data is one file under 400 KB that asks for nothing', async () => {
  const template = await pageTemplate();
  expect(Buffer.byteLength(template)).toBeLessThan(400 * 1024);
  expect(template).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/);
});
