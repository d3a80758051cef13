/**
 * Passwords that lists of breached ones have at their top, without the digits and signs that people put at the end. A
 * password that is one of them, however it is written and whatever digits and signs surround it, is refused.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
  password passwort passw0rd p@ssword p@ssw0rd pa$$word mypassword thepassword password1234 motdepasse contrasena
  qwerty qwertz azerty qwertyuiop qwertyui qwerty123qwerty asdfgh asdfghjk asdfghjkl zxcvbnm zxcvbn qazwsx qazwsxedc
  q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc zaq12wsx
  12345678 123456789 1234567890 0123456789 987654321 87654321 0987654321 11223344 12341234 12121212 123123123 123321123
  147258369 159753456 741852963 789456123 123454321 13131313 69696969 10203040 123qweasd qweasdzxc 123qwe123qwe
  abcdefgh abcdefghi abcd1234 abc123abc a1b2c3d4 aa123456 a123456789 asd123asd
  admin administrator root superuser administrador sysadmin webadmin adminadmin rootroot changeme changeit changethis
  default secret letmein letmeinnow welcome welcomehome iloveyou iloveyouu loveyou trustno1 whatever nothing
  test testtest testing tester temp temporary guest user username login access master hello hellohello computer internet
  server database service backup oracle postgres minio minioadmin granary storage
  monkey dragon sunshine princess football baseball basketball superman batman starwars pokemon shadow michael jennifer
  jessica ashley charlie jordan thomas hunter killer pepper ginger cookie summer winter spring autumn freedom mustang
  chocolate butterfly liverpool chelsea arsenal barcelona juventus manchester corvette ferrari mercedes yamaha samsung
  company business january february october november december monday friday sunday
  `
    .trim()
    .split(/\s+/),
);
