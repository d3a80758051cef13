/** Everything that the pages of share links look like, in both colour schemes, with no file beside the page. */
export const shareStyle = `
:root{color-scheme:light dark;--paper:#f6f3ee;--glow:#fbeed3;--card:#fff;--ink:#1f1a14;--soft:#6a6156;--line:#e6dfd5;
--accent:#8f4a07;--accent-ink:#fff;--tint:#fbf1de;--hover:#faf6ef;--bad:#b3261e;--bad-tint:#fdecea;
--shadow:0 1px 2px #3a2a1014,0 18px 48px -18px #3a2a1038}
@media(prefers-color-scheme:dark){:root{--paper:#14120f;--glow:#2c2112;--card:#1d1a16;--ink:#f3ede4;--soft:#a89e90;
--line:#332d25;--accent:#f2b45a;--accent-ink:#241503;--tint:#2f2414;--hover:#25211b;--bad:#ff9c92;--bad-tint:#3a1d1a;
--shadow:0 1px 2px #0006,0 24px 60px -20px #000a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;
justify-content:center;gap:1.5rem;padding:clamp(1rem,4vw,3rem);color:var(--ink);
background:radial-gradient(60rem 40rem at 50% -12rem,var(--glow),transparent) no-repeat,var(--paper);
font:1rem/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
-webkit-text-size-adjust:100%}
main{width:100%;max-width:29rem;background:var(--card);border:1px solid var(--line);border-radius:1.25rem;
box-shadow:var(--shadow);overflow:hidden}
main.wide{max-width:52rem}
.body{padding:clamp(1.5rem,6vw,2.75rem);text-align:center}
h1{margin:0;font-size:1.35rem;line-height:1.3;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere;
text-wrap:balance}
p{margin:0}
.soft{color:var(--soft)}
.badge{width:4.5rem;height:4.5rem;margin:0 auto 1.25rem;border-radius:1.25rem;display:grid;place-items:center;
background:var(--tint);color:var(--accent)}
.badge svg{width:2.25rem;height:2.25rem}
.facts{margin-top:.5rem;color:var(--soft);font-size:.95rem}
.facts span+span::before{content:"·";margin:0 .5em}
.button{display:inline-flex;align-items:center;justify-content:center;gap:.6rem;border:0;border-radius:.8rem;
padding:.8rem 1.4rem;font:inherit;font-weight:600;line-height:1.25;color:var(--accent-ink);background:var(--accent);
text-decoration:none;cursor:pointer;transition:filter .15s}
.button:hover{filter:brightness(1.1)}
.button svg{width:1.2rem;height:1.2rem;flex:none}
.body>.button,form .button{width:100%;margin-top:1.75rem}
form .button{margin-top:1rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.5rem}
.button:focus-visible{border-radius:.8rem}
form{margin-top:1.5rem;text-align:left}
label{display:block;font-weight:600;font-size:.95rem;margin-bottom:.4rem}
input[type=password]{width:100%;font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);
border-radius:.8rem;padding:.75rem 1rem}
input[type=password]:focus-visible{outline-offset:1px;border-radius:.8rem}
.problem{margin-top:1.25rem;padding:.7rem 1rem;border-radius:.8rem;background:var(--bad-tint);color:var(--bad);
font-size:.95rem;text-align:left}
.head{display:flex;align-items:center;gap:1rem;padding:1.5rem clamp(1rem,4vw,1.75rem)}
.head .badge{width:3rem;height:3rem;margin:0;border-radius:.9rem;flex:none}
.head .badge svg{width:1.6rem;height:1.6rem}
.head .title{flex:1;min-width:0}
nav{padding:0 clamp(1rem,4vw,1.75rem) .9rem}
nav ol{list-style:none;display:flex;flex-wrap:wrap;margin:0;padding:0;font-size:.95rem}
nav li{overflow-wrap:anywhere}
nav li+li::before{content:"/";margin:0 .5em;color:var(--soft)}
nav a{color:var(--accent);text-underline-offset:.2em}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th{font-size:.8rem;font-weight:600;color:var(--soft);text-align:left;padding:.5rem .75rem;
border-block:1px solid var(--line)}
td{padding:0 .75rem;border-bottom:1px solid var(--line);font-size:.95rem;color:var(--soft);white-space:nowrap}
tr:last-child td{border-bottom:0}
tbody tr:hover{background:var(--hover)}
th:first-child,td:first-child{padding-left:clamp(1rem,4vw,1.75rem)}
th:last-child,td:last-child{padding-right:clamp(1rem,4vw,1.75rem)}
.size{width:7.5rem;text-align:right}
.date{width:9.5rem;text-align:right}
td a{display:flex;align-items:center;gap:.75rem;padding:.7rem 0;color:var(--ink);text-decoration:none;
white-space:normal;overflow-wrap:anywhere}
td a:hover{text-decoration:underline;text-underline-offset:.2em}
td a svg{width:1.35rem;height:1.35rem;flex:none;color:var(--accent)}
.more{display:flex;justify-content:space-between;gap:1rem;padding:1rem clamp(1rem,4vw,1.75rem);
border-top:1px solid var(--line)}
.more a{color:var(--accent);font-weight:600;text-underline-offset:.2em}
.empty{padding:2.5rem 1.5rem;text-align:center;color:var(--soft);border-top:1px solid var(--line)}
footer{color:var(--soft);font-size:.85rem;text-align:center}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(max-width:36rem){body{justify-content:flex-start;padding:max(1rem,env(safe-area-inset-top)) 1rem 1.5rem}
main:not(.wide){margin-top:8vh}
.head{flex-wrap:wrap}.head .button{width:100%}.date{display:none}.size{width:6.5rem}th.size,td.size{padding-right:1rem}}
@media(prefers-reduced-motion:reduce){*{transition:none!important}}
@media(forced-colors:active){.button{border:1px solid}}
`;
