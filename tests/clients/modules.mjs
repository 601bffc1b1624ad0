// Lets tests import packages by name from the folder that AXL_CLIENT_MODULES says, because they are
// no part of the tree.

import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

const hooks = `
  let parentURL;
  export function initialize(folder) { parentURL = folder; }
  export function resolve(name, context, next) {
    const outside = /^(@?[a-z])/.test(name) && !/^(node|file|data):/.test(name) &&
      !context.parentURL?.includes('/node_modules/');
    return next(name, outside ? { ...context, parentURL } : context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`,
  { data: pathToFileURL(`${process.env.AXL_CLIENT_MODULES}/../clients.mjs`).href });
