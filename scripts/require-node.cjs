'use strict';
// Loaded with `node -r` before a script: says in one line what an older Node would say in a page.

var nodeVersion = require('../bin/node-version.js');

if (!nodeVersion.isNewEnough(process.version)) {
  console.error(nodeVersion.complaint(process.version, process.execPath) + '; `npm ci` installs one beside the sources');
  process.exit(2);
}
