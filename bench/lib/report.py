import statistics
from rounds import better
from statements import Missing

def print_area(bench, area):
    print("\n== %s"%area)
    for row in bench.rows:
        if row.area != area: continue
        cells=[]
        for v in ("original","ours","bare"):
            x=row.values.get(v)
            cells.append("%.2f (%.2f-%.2f)"%(statistics.median(x),min(x),max(x)) if isinstance(x,list) else "- %s"%x)
        f=better(row,"ours","original"); c=better(row,"ours","bare")
        print("%-50s %-20s %s  %s %s"%(row.what,row.unit," | ".join(cells), f and "%.2f"%f, c and "%.2f"%(1/c)))
def finish(bench): pass
