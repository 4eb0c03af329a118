import { simulate } from "/work/main/test/domain/Simulator.ts"
import * as O from "/work/main/src/interchange/export/Otlp.ts"
import { isClockEvent } from "/work/main/src/domain/ClockEvent.ts"
const log = simulate({config:{machines:3,seed:3,rates:[50,60,70],durationUs:200_000_000}})
const page = log.slice(0, 32768).filter(e=>e.machine>0 && isClockEvent(e as any)) as any[]
const c={run:"abcdefghijkl",machines:[0,1,2,3],nameOf:String,count:3,startUs:log[0]!.occurredAtUs,alone:false}
const sp=(O as any).spans(c)
const b=Buffer.alloc(4096)
for(const [n,f] of [["build",(e:any)=>sp(e).length],["flatten utf8",(e:any)=>b.utf8Write(sp(e),0)],["flatten latin1",(e:any)=>b.latin1Write(sp(e),0)],["join1",(e:any)=>[sp(e),"a"].join("").length]] as const) for(let r=0;r<3;r++){const t=performance.now();let k=0;for(const e of page)k+=f(e);console.log(n,((performance.now()-t)*1e6/page.length).toFixed(0),k/page.length)}
