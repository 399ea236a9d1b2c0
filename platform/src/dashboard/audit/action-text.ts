// Actions as people say them. Pure. What is not known here reads as its own name.

const TEXTS: Readonly<Record<string, string>> = {
  'lifecycle.created': 'made its ledger',
  'tenant.requested': 'asked for the tenant',
  'tenant.activated': 'made it active',
  'tenant.failed': 'gave up provisioning',
  'tenant.suspended': 'suspended it',
  'tenant.resumed': 'resumed it',
  'tenant.deletion_requested': 'asked to delete it',
  'tenant.deleted': 'deleted it',
  'tenant.run_restarted': 'started its run again',
  'artefact.uploaded': 'uploaded its Worker',
  'version.uploaded': 'uploaded a version of its code',
  'version.activation_requested': 'asked to make a version live',
  'version.activated': 'made a version live',
  'version.activation_failed': 'put back what was live',
  'activation.started': 'began a step of making a version live',
  'activation.succeeded': 'finished a step of making a version live',
  'activation.failed': 'failed at a step of making a version live',
  'activation.undone': 'took back a step of making a version live',
  'activation.restarted': 'started its activation again',
  'key.created': 'made a key',
  'key.revoked': 'revoked a key',
  'step.started': 'began a step',
  'step.succeeded': 'finished a step',
  'step.failed': 'failed at a step',
  'step.undone': 'took a step back',
  'config.versioned': 'put a Config',
  'config.activated': 'put a Config in force',
  'config.archived': 'archived a Config',
  operator_access: 'looked at an entity',
};

export function actionText(action: string): string {
  return Object.hasOwn(TEXTS, action)
    ? (TEXTS[action] ?? action)
    : action.replaceAll(/[._]/gu, ' ');
}
