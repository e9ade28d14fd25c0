export const style = `
:root { --ink: #2c2622; --soft: #6a5f56; --paper: #fffdfa; --line: #e6ded3; --clay: #9a4a2c; --sand: #f3eee6; }
* { box-sizing: border-box; }
body { margin: 0; font: 17px/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--clay); }
header { display: flex; flex-wrap: wrap; gap: 12px 28px; align-items: center; padding: 18px max(20px, calc(50vw - 540px));
  border-bottom: 1px solid var(--line); background: #fff; }
header .brand { font-size: 22px; font-weight: 700; color: var(--ink); text-decoration: none; }
nav { display: flex; flex-wrap: wrap; gap: 6px 20px; flex: 1 1 340px; }
nav a { color: var(--ink); text-decoration: none; padding: 4px 0; }
nav a:hover { text-decoration: underline; }
header form { display: flex; gap: 6px; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 34px; line-height: 1.2; margin: 0 0 12px; }
h2 { font-size: 22px; margin: 32px 0 8px; }
.lead { color: var(--soft); max-width: 60ch; margin: 0 0 28px; }
.goods { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 24px; list-style: none;
  margin: 0; padding: 0; }
.goods li { border: 1px solid var(--line); border-radius: 14px; overflow: hidden; background: #fff; }
.goods a { display: block; color: inherit; text-decoration: none; }
.goods a:hover .name { text-decoration: underline; }
.goods .text { display: flex; justify-content: space-between; padding: 12px 16px 16px; }
.name { font-weight: 600; }
img { display: block; width: 100%; height: auto; }
.product { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 40px; align-items: start; }
.product img, .wide { border-radius: 14px; }
.wide { max-width: 640px; }
.price { font-size: 26px; font-weight: 700; margin: 16px 0 0; }
.tax-note { margin: 0 0 20px; font-size: 15px; color: var(--soft); }
.pale { color: #c9c2ba; }
input, select, button { font: inherit; padding: 9px 12px; border: 1px solid #95887b; border-radius: 8px; background: #fff;
  color: var(--ink); }
button { background: var(--clay); border-color: var(--clay); color: #fff; font-weight: 600; cursor: pointer; }
button:hover { background: #7f3c23; }
button.quiet { background: #fff; color: var(--clay); }
button.more { padding: 4px 10px; line-height: 1; }
button.more svg { display: block; }
.button { display: inline-block; padding: 9px 16px; border-radius: 8px; background: var(--clay); color: #fff;
  font-weight: 600; text-decoration: none; }
label { display: block; margin-top: 16px; font-weight: 600; }
label input, label select { display: block; width: 100%; margin-top: 4px; font-weight: 400; }
label.tick { display: flex; gap: 10px; align-items: center; font-weight: 400; }
label.tick input { width: 24px; height: 24px; margin: 0; }
.checkout { max-width: 480px; }
.checkout button { margin-top: 24px; width: 100%; }
.line { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: center; padding: 16px 0;
  border-bottom: 1px solid var(--line); }
.line .name { flex: 1 1 160px; }
.line form { display: flex; gap: 8px; align-items: center; }
.problem { padding: 12px 16px; border-radius: 8px; background: #fbe9e4; color: #7c2413; }
.done { padding: 24px; border-radius: 14px; background: #e8f1e4; max-width: 640px; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: 10px 16px; border-bottom: 1px solid var(--line); }
table.sizes { min-width: 820px; }
.scrolls { overflow-x: auto; }
footer { padding: 28px max(20px, calc(50vw - 540px)); background: var(--sand); color: var(--soft); font-size: 15px; }
`;
