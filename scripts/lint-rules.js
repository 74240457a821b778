/** Rules of the house that no published one states exactly. */

/** @type {import('eslint').Rule.RuleModule} */
const maxParameters = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { tooMany: 'too many parameters: expected at most three and a signal, got {{count}}; the rest go into an options object' },
  },
  create(context) {
    // Everything that waits takes an AbortSignal, last: it does not count as one of the three.
    const check = (node) => {
      // A function handed to a call takes what its caller gives.
      if (node.parent?.type === 'CallExpression' && node.parent.callee !== node) return;
      const parameters = node.params.filter((parameter) => parameterName(parameter) !== 'this');
      const counted = parameterName(parameters.at(-1)) === 'signal' ? parameters.slice(0, -1) : parameters;
      if (counted.length > 3) context.report({ node, messageId: 'tooMany', data: { count: String(parameters.length) } });
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
      TSMethodSignature: check,
      TSFunctionType: check,
    };
  },
};

function parameterName(parameter) {
  if (parameter?.type === 'AssignmentPattern') return parameter.left.name;
  return parameter?.name;
}

/** @type {import('eslint').ESLint.Plugin} */
export const house = { rules: { 'max-parameters': maxParameters } };
