import { simulate } from "/work/main/test/domain/Simulator.ts"
import { formats } from "/work/main/src/interchange/export/Formats.ts"
const log = simulate({config:{machines:3,seed:3,rates:[50,60,70],durationUs:200_000_000}})
const page = log.slice(0, 32768)
const which = process.argv[2]!.split(","), n = Number(process.argv[3] ?? 256)
for (const f of formats) if (which.includes(f.name)) for (let r=0;r<4;r++) {
  const x = f.make({run:"abcdefghijkl",machines:[0,1,2,3],nameOf:String,count:3,startUs:log[0]!.occurredAtUs,alone:false})
  const t=performance.now(); let bytes=0
  for (let p=0;p<page.length;p+=n) { let parts=[]; for(let i=p;i<p+n&&i<page.length;i++) parts.push(x.event(page[i]!)); bytes+=Buffer.from(parts.join("")).length }
  console.log(f.name, ((performance.now()-t)*1e6/page.length).toFixed(0),"ns/event", (bytes/page.length).toFixed(0))
}
