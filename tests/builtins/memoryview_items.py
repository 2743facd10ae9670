"""Items of memoryviews: each format by index, assignment and iteration; what is refused."""
import array
b=bytearray(b'hello'); m=memoryview(b)
assert m[0]==104 and m[-1]==111 and list(m)==list(b'hello') and sum(m)==sum(b'hello')
m[1]=0; m[-1]=255; assert b==b'h\0ll\xff'
for bad in (256,-1):
    try: m[0]=bad; assert 0
    except ValueError: pass
for k in (5,-6):
    try: m[k]; assert 0
    except IndexError as e: assert str(e)=='index out of bounds on dimension 1', e
    try: m[k]=0; assert 0
    except IndexError: pass
try: del m[0]; assert 0
except TypeError: pass
try: m[0]='x'; assert 0
except TypeError: pass
try: memoryview(b'ab')[0]=1; assert 0
except TypeError: pass
for c in 'bBhHiIlLqQfd':
    a=array.array(c,[1,2,100]); v=memoryview(a); assert list(v)==v.tolist()==a.tolist(); v[1]=7; assert a[1]==7 and v[::-1].tolist()==a.tolist()[::-1]
    if c.islower() and c not in 'fd': v[0]=-5; assert a[0]==-5==v[0]
v=memoryview(bytes(range(12))).cast('B',(3,4)); assert v.tolist()[1][2]==6 and v[1,2]==6
try: v[0]; assert 0
except NotImplementedError: pass
v=memoryview(b'\1\0').cast('?'); assert list(v)==[True,False]
v=memoryview(b'ab').cast('c'); assert list(v)==[b'a',b'b'] and v[0]==b'a'
m.release()
try: m[0]; assert 0
except ValueError: pass
try: m[0]=1; assert 0
except ValueError: pass
x=memoryview(b'abc'); it=iter(x); next(it); x.release()
try: list(it); assert 0
except ValueError: pass
assert memoryview(b'abcdef')[::2][1]==99 and memoryview(b'abcdef')[::-1][0]==102
print('ok')
