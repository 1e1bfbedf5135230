// @ts-check
/**
 * The stage's programs. Vertices are pulled: a draw call has no attributes, each vertex fetches its record from a
 * float texture by gl_VertexID. Measured, this is several times faster than instancing where the GPU is software.
 */
import { COLOURS, INK } from './theme.js';

/** Texels per row of a record texture. */
export const RECORD_WIDTH = 1024;

const COMMON = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform vec4 camera; // x, y, zoom in device px; w unused
uniform vec2 screen; // device px
uniform float now;   // ms
uniform sampler2D records;
uniform vec4 inks[${COLOURS.length}];
vec4 record(int i) { return texelFetch(records, ivec2(i % ${RECORD_WIDTH}, i / ${RECORD_WIDTH}), 0); }
vec4 place(vec2 world) {
  vec2 p = world * camera.z + camera.xy;
  return vec4(p.x / screen.x * 2.0 - 1.0, 1.0 - p.y / screen.y * 2.0, 0.0, 1.0);
}
vec2 corner(int i) {
  int k = i % 6;
  return vec2(k == 1 || k == 2 || k == 4 ? 1.0 : 0.0, k == 2 || k == 4 || k == 5 ? 1.0 : 0.0);
}
float after(float start, float length) { return clamp((now - start) / length, 0.0, 1.0); }
float easeOut(float t) { float u = 1.0 - t; return 1.0 - u * u * u; }
float overshoot(float t) { float u = t - 1.0; return 1.0 + 2.2 * u * u * u + 1.2 * u * u; }
`;

/** Four texels a box: [x y w h] [birth gradBirth level stripTop] [fill line grad accent] [radius lineWidth alpha flags]. */
export const BOX_VERTEX = `${COMMON}
flat out vec4 style;   // fill, line, grad, accent
flat out vec4 shape;   // radius, line width, alpha, flags
flat out vec4 strip;   // level, top, arrival 0..1, flash 0..1
flat out vec2 half_;
out vec2 at;           // from the centre, world px
// A large box is drawn as a frame of four bars: shading its whole inside costs too much without a GPU.
uniform int frame;
vec2 bar(int side, vec2 k, vec2 reach, float thick) {
  vec2 low = -reach, high = reach;
  if (side == 0) high.y = low.y + thick;
  else if (side == 1) low.y = high.y - thick;
  else if (side == 2) { high.x = low.x + thick; low.y += thick; high.y -= thick; }
  else { low.x = high.x - thick; low.y += thick; high.y -= thick; }
  return mix(low, high, k);
}
void main() {
  int quad = gl_VertexID / 6;
  int i = (frame == 1 ? quad / 4 : quad) * 4;
  vec4 box = record(i), life = record(i + 1);
  style = record(i + 2);
  shape = record(i + 3);
  float age = after(life.x, 260.0);
  float grown = age >= 1.0 ? 1.0 : mix(0.6, 1.0, overshoot(age));
  shape.z *= easeOut(age);
  int flags = int(shape.w);
  if ((flags & 32) != 0) { grown = 1.0; }
  half_ = box.zw * 0.5;
  vec2 reach = half_ + (6.0 + 2.0 / camera.z);
  vec2 k = corner(gl_VertexID);
  at = frame == 1 ? bar(quad % 4, k, reach, shape.x + 6.0 + 3.0 / camera.z) : (k * 2.0 - 1.0) * reach;
  strip = vec4(life.z, life.w - half_.y, easeOut(after(life.y, 320.0)), 1.0 - after(life.y, 900.0));
  gl_Position = place(box.xy + half_ + at * grown);
}`;

export const BOX_FRAGMENT = `${COMMON}
flat in vec4 style;
flat in vec4 shape;
flat in vec4 strip;
flat in vec2 half_;
in vec2 at;
out vec4 colour;
float box(vec2 p, vec2 b, float r) { vec2 q = abs(p) - b + r; return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - r; }
void main() {
  int flags = int(shape.w);
  float px = 1.0 / camera.z;
  float d = box(at, half_, shape.x);
  float inside = clamp(0.5 - d / px, 0.0, 1.0);
  vec3 fill = inks[int(style.x)].rgb;
  float cover = (flags & 4) != 0 ? 0.0 : 1.0;
  float split = strip.y;
  if (split < half_.y && at.y > split) {
    vec3 grad = inks[int(style.z)].rgb;
    if (strip.x < 0.0) {
      float stripe = abs(fract((at.x + at.y) / 7.0) - 0.5);
      fill = mix(fill, inks[${INK.sunken}].rgb, 0.75);
      fill = mix(fill, inks[${INK.line}].rgb, (1.0 - smoothstep(0.06, 0.12 + px * 0.15, stripe)) * 0.55);
    } else {
      vec3 lit = mix(inks[${INK.gradFill}].rgb, grad, 0.35 * strip.w);
      float reached = half_.x * 2.0 * strip.z;
      fill = mix(mix(fill, inks[${INK.sunken}].rgb, 0.75), lit, clamp((reached - (at.x + half_.x)) / px + 0.5, 0.0, 1.0));
      float bar = (at.x + half_.x) / (half_.x * 2.0);
      float foot = half_.y - 3.0;
      if (at.y > foot && bar < strip.x * strip.z) fill = grad;
    }
    float rule = clamp(1.0 - abs(at.y - split) / max(px, 0.75), 0.0, 1.0);
    fill = mix(fill, inks[int(style.y)].rgb, rule * 0.6);
  }
  if ((flags & 2) != 0 && at.x < -half_.x + 4.0) fill = inks[int(style.w)].rgb;
  float width = max(shape.y, px);
  float line = clamp(0.5 - (abs(d + width * 0.5) - width * 0.5) / px, 0.0, 1.0);
  if ((flags & 1) != 0) {
    float run = abs(at.x) > half_.x - width * 2.0 && abs(at.y) < half_.y - shape.x ? at.y : at.x;
    line *= smoothstep(0.42, 0.5, abs(fract(run / 8.0) - 0.5) + 0.2);
  }
  if ((flags & 8) != 0) line = max(line, clamp(0.5 - (abs(d + 4.0) - 0.6) / px, 0.0, 1.0) * 0.8);
  vec4 body = vec4(mix(fill, inks[int(style.y)].rgb, line), max(cover, line) * inside);
  float outside = 1.0 - inside;
  float shade = 0.0;
  if ((flags & 16) != 0) shade = (1.0 - smoothstep(-2.0, 6.0, box(at - vec2(0.0, 1.5), half_, shape.x))) * 0.10;
  float halo = 0.0;
  if ((flags & 64) != 0) halo = clamp(0.5 - (abs(d - 3.0) - 1.0) / px, 0.0, 1.0);
  vec4 around = vec4(mix(vec3(0.0), inks[int(style.w)].rgb, halo), max(shade, halo) * outside);
  float alpha = body.a + around.a * (1.0 - body.a);
  colour = vec4((body.rgb * body.a + around.rgb * around.a * (1.0 - body.a)), alpha) * shape.z;
}`;

/** The inside of a framed box: one flat quad. */
export const GROUND_VERTEX = `${COMMON}
flat out vec4 ink;
void main() {
  int i = (gl_VertexID / 6) * 4;
  vec4 box = record(i), life = record(i + 1), style = record(i + 2), shape = record(i + 3);
  ink = vec4(inks[int(style.x)].rgb, 1.0) * shape.z * easeOut(after(life.x, 260.0));
  gl_Position = place(box.xy + shape.x + corner(gl_VertexID) * (box.zw - 2.0 * shape.x));
}`;

/** Far away a box is a flat quad: two texels of its four are enough. */
export const DOT_VERTEX = `${COMMON}
flat out vec4 ink;
void main() {
  int i = (gl_VertexID / 6) * 4;
  vec4 box = record(i), life = record(i + 1), style = record(i + 2), shape = record(i + 3);
  bool lit = life.z >= 0.0 && now >= life.y;
  ink = vec4(inks[int(lit ? style.z : style.w)].rgb, 1.0) * shape.z * easeOut(after(life.x, 260.0));
  gl_Position = place(box.xy + corner(gl_VertexID) * box.zw);
}`;

export const FLAT_FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 ink;
out vec4 colour;
void main() { colour = ink; }`;

/** Three texels a piece of an edge: [x0 y0 x1 y1] [s0 s1 length kind] [birth pulse ink alpha]; s in px along the edge; kind 1 is an arrowhead. */
export const EDGE_VERTEX = `${COMMON}
flat out vec4 ends;
flat out vec4 run;   // s0, s1, drawn up to, kind
flat out vec4 glow;  // pulse head, tail, strength, width
flat out vec4 ink;
out vec2 at;
void main() {
  int i = (gl_VertexID / 6) * 3;
  ends = record(i);
  vec4 s = record(i + 1), life = record(i + 2);
  float drawn = easeOut(after(life.x, 240.0)) * s.z;
  run = vec4(s.x, s.y, drawn, s.w);
  float t = (now - life.y) / 420.0;
  float e = t < 0.5 ? 2.0 * t * t : 1.0 - 2.0 * (1.0 - t) * (1.0 - t);
  // A pulse runs against the edge, from the op back to its input.
  glow = vec4((1.0 - e) * s.z, 34.0, t > 0.0 && t < 1.0 ? 1.0 : 0.0, 1.5);
  // Faint by mixing with the ground, not by alpha: pieces overlap at their ends.
  vec3 full = inks[t >= 0.0 && t < 1.0 ? ${INK.edge} : int(life.z)].rgb;
  ink = vec4(mix(inks[${INK.bg}].rgb, full, life.w), life.x > now ? 0.0 : 1.0);
  glow.w = max(1.4, 1.1 / camera.z);
  vec2 along = ends.zw - ends.xy;
  float size = max(length(along), 0.001);
  along /= size;
  vec2 across = vec2(-along.y, along.x);
  float reach = (s.w > 0.5 ? 5.0 : glow.w * 2.0) + 2.0 / camera.z;
  vec2 k = corner(gl_VertexID);
  at = ends.xy + along * (k.x * (size + 2.0 * reach) - reach) + across * (k.y * 2.0 - 1.0) * reach;
  gl_Position = place(at);
}`;

export const EDGE_FRAGMENT = `${COMMON}
flat in vec4 ends;
flat in vec4 run;
flat in vec4 glow;
flat in vec4 ink;
in vec2 at;
out vec4 colour;
void main() {
  float px = 1.0 / camera.z;
  vec2 along = ends.zw - ends.xy;
  float size2 = max(dot(along, along), 0.0001);
  float h = dot(at - ends.xy, along) / size2;
  float s = mix(run.x, run.y, clamp(h, 0.0, 1.0));
  float near = glow.z * smoothstep(glow.y, 0.0, abs(s - glow.x));
  float d;
  if (run.w > 0.5) {
    vec2 dir = along * inversesqrt(size2);
    float back = dot(ends.zw - at, dir);
    float side = abs(dot(at - ends.zw, vec2(-dir.y, dir.x)));
    d = max(side - back * 0.48, back - 8.0) * 0.9;
  } else {
    d = length(at - ends.xy - along * clamp(h, 0.0, 1.0)) - glow.w * (0.5 + near * 0.9);
  }
  if (s > run.z) discard;
  float cover = clamp(0.5 - d / px, 0.0, 1.0) * ink.a;
  colour = vec4(mix(ink.rgb, inks[${INK.edgeGrad}].rgb, near), 1.0) * cover;
}`;

/** Far away an edge is one straight line. */
export const LINE_VERTEX = `${COMMON}
flat out vec4 ink;
void main() {
  int i = (gl_VertexID / 2) * 3;
  vec4 ends = record(i), life = record(i + 2);
  ink = vec4(inks[int(life.z)].rgb, 1.0) * life.w * 0.7 * (life.x > now ? 0.0 : 1.0);
  gl_Position = place(gl_VertexID % 2 == 0 ? ends.xy : ends.zw);
}`;

/** Three texels a label: [anchor x y, offset x y in device px] [u v w h in device px] [ink birth alpha scale]. */
export const TEXT_VERTEX = `${COMMON}
flat out vec4 ink;
out vec2 texel;
void main() {
  int i = (gl_VertexID / 6) * 3;
  vec4 anchor = record(i), glyphs = record(i + 1), look = record(i + 2);
  vec2 k = corner(gl_VertexID);
  float age = after(look.y + 90.0, 220.0);
  ink = vec4(inks[int(look.x)].rgb, 1.0) * look.z * easeOut(age);
  texel = glyphs.xy + k * glyphs.zw;
  float scale = camera.z / look.w;
  vec2 origin = anchor.xy * camera.z + camera.xy + anchor.zw * scale;
  // At rest the label's pixels are the screen's pixels.
  if (abs(scale - 1.0) < 0.001) { origin = floor(origin + 0.5); scale = 1.0; }
  vec2 p = origin + k * glyphs.zw * scale;
  gl_Position = vec4(p.x / screen.x * 2.0 - 1.0, 1.0 - p.y / screen.y * 2.0, 0.0, 1.0);
}`;

export const TEXT_FRAGMENT = `#version 300 es
precision mediump float;
precision highp sampler2D;
uniform sampler2D atlas;
uniform float atlasSize;
flat in vec4 ink;
in highp vec2 texel;
out vec4 colour;
void main() { colour = ink * texture(atlas, texel / atlasSize).r; }`;
