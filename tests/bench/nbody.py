"""The planets under gravity: attribute-free floating point on lists of lists."""
N = 36_000

BODIES = (
    ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 39.47841760435743),
    ((4.84143144246472090, -1.16032004402742839, -0.103622044471123109),
     (0.606326392995832, 2.81198684491626, -0.02521836165988763), 0.03769367487038949),
    ((8.34336671824457987, 4.12479856412430479, -0.403523417114321381),
     (-1.0107743461787924, 1.8256623712304119, 0.008415761376584154), 0.011286326131968767),
    ((12.8943695621391310, -15.1111514016986312, -0.223307578892655734),
     (1.0827910064415354, 0.8687130181696082, -0.010832637401363636), 0.0017237240570597112),
    ((15.3796971148509165, -25.9193146099879641, 0.179258772950371181),
     (0.979090732243898, 0.5946989986476762, -0.034755955550407811), 0.002033686869924631))


def advance(bodies, pairs, dt, steps):
    for _ in range(steps):
        for (p, v, m), (q, w, k) in pairs:
            dx, dy, dz = p[0] - q[0], p[1] - q[1], p[2] - q[2]
            force = dt * (dx * dx + dy * dy + dz * dz) ** -1.5
            a, b = k * force, m * force
            v[0] -= dx * a
            v[1] -= dy * a
            v[2] -= dz * a
            w[0] += dx * b
            w[1] += dy * b
            w[2] += dz * b
        for p, v, _m in bodies:
            p[0] += dt * v[0]
            p[1] += dt * v[1]
            p[2] += dt * v[2]


def energy(bodies, pairs):
    e = sum(0.5 * m * (v[0] ** 2 + v[1] ** 2 + v[2] ** 2) for _, v, m in bodies)
    for (p, _v, m), (q, _w, k) in pairs:
        e -= m * k / ((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2) ** 0.5
    return e


def run(n):
    bodies = [(list(p), list(v), m) for p, v, m in BODIES]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    before = energy(bodies, pairs)
    advance(bodies, pairs, 0.01, n * 4)
    return f"{before:.9f} {energy(bodies, pairs):.9f}"


if __name__ == "__main__":
    print(run(N))
