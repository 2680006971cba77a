/**
 * Words that stand in every log: as a value of a secret they protect nothing, as a masked text they ruin what is shown and
 * tell by their gaps what the secret is. Compared without case.
 */
const WORDS = `
  true false null none nil undefined yes no on off enabled disabled default empty unknown
  string number integer boolean object array value name type text json yaml base64 utf-8
  admin administrator root user username guest owner service account system operator nobody anonymous
  password passwd pass secret secrets token key apikey api-key credential credentials login private public
  changeme change-me changeit letmein welcome qwerty qwertz dragon monkey iloveyou hunter2 foobar example sample
  password1 password12 password123 passw0rd p@ssw0rd p@ssword admin123 root123 secret123 test123 abc123 12345678
  123456789 1234567890 11111111 00000000
  test testing tests demo dummy placeholder todo fixme temp local localhost 127.0.0.1 0.0.0.0 ::1
  dev develop development stage staging prod production preview release main master latest stable canary
  postgres postgresql mysql mariadb mongo mongodb redis rabbitmq kafka elastic minio vault consul sqlite
  http https http:// https:// ssh tls ssl tcp udp require prefer verify-full disable
  info debug warn warning error fatal trace
  service_account authorized_user external_account bearer basic oauth2 client_credentials
  https://accounts.google.com/o/oauth2/auth https://oauth2.googleapis.com/token googleapis.com
  https://www.googleapis.com/oauth2/v1/certs us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-central-1
  github gitlab google amazon azure aws gcp kubernetes docker container namespace cluster linux windows
`;

const COMMON = new Set(WORDS.trim().split(/\s+/));

export function isCommon(value: string): boolean {
  return COMMON.has(value.toLowerCase());
}
