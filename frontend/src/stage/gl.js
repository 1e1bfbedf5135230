// @ts-check
/** Draws a picture with WebGL2. */
import * as shaders from './shaders.js';
import { Atlas, ATLAS_PAD, ATLAS_SIZE } from './text.js';
import { COLOURS } from './theme.js';

/** @import {Picture} from './picture.js' */
/** @import {Theme} from './theme.js' */
/** @import {View} from './camera.js' */

/** Labels are drawn at whole device pixels; sizes are rounded to this part of one, so that zooms share pictures. */
const SIZE_STEP = 0.25;
/** Texture units. */
const RECORDS = 0;
const ATLAS = 1;

export class GLRenderer {
  /** @param {HTMLCanvasElement} canvas Throws where WebGL2 is missing. */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {WebGLContextAttributes} */
    const options = {
      alpha: false,
      antialias: false,
      depth: false,
      stencil: false,
      preserveDrawingBuffer: false,
    };
    const gl = /** @type {WebGL2RenderingContext | null} */ (canvas.getContext('webgl2', options));
    if (!gl) throw new Error('This browser offers no WebGL2.');
    this.gl = gl;
    this.programs = {
      box: new Program(gl, shaders.BOX_VERTEX, shaders.BOX_FRAGMENT),
      ground: new Program(gl, shaders.GROUND_VERTEX, shaders.FLAT_FRAGMENT),
      dot: new Program(gl, shaders.DOT_VERTEX, shaders.FLAT_FRAGMENT),
      edge: new Program(gl, shaders.EDGE_VERTEX, shaders.EDGE_FRAGMENT),
      line: new Program(gl, shaders.LINE_VERTEX, shaders.FLAT_FRAGMENT),
      text: new Program(gl, shaders.TEXT_VERTEX, shaders.TEXT_FRAGMENT),
    };
    gl.bindVertexArray(gl.createVertexArray());
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.tables = {
      scopes: new Table(gl),
      edges: new Table(gl),
      boxes: new Table(gl),
      labels: new Table(gl),
    };
    this.atlas = new Atlas();
    this.atlasTexture = texture(gl, gl.LINEAR);
    gl.activeTexture(gl.TEXTURE0 + ATLAS);
    gl.bindTexture(gl.TEXTURE_2D, this.atlasTexture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R8, ATLAS_SIZE, ATLAS_SIZE);
    this.version = -1;
    this.scale = 0;
    this.labelCount = 0;
    /** @type {Float32Array} */ this.labelRecords = new Float32Array(12 * 1024);
    this.inks = new Float32Array(COLOURS.length * 4);
  }

  /** @param {Theme} theme */
  setTheme({ colours, ui, mono }) {
    colours.forEach((rgb, i) => this.inks.set([...rgb, 1], i * 4));
    this.atlas.setFonts(ui, mono);
    this.version = -1;
  }

  /** @param {number} width @param {number} height device px */
  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /** Labels were drawn for another zoom than the camera's. @param {View} view @param {number} ratio device px per CSS px */
  blurred(view, ratio) {
    return Math.abs(this.scale / (view.k * ratio) - 1) > 0.001;
  }

  /**
   * @param {Picture} picture @param {View} view @param {number} ratio device px per CSS px @param {number} now ms
   * @param {boolean} sharpen draw labels anew for this very zoom
   */
  draw(picture, view, ratio, now, sharpen) {
    const { gl, programs, tables } = this;
    if (picture.version !== this.version || sharpen) this.#upload(picture, view.k * ratio);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(this.inks[0], this.inks[1], this.inks[2], 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const uniforms = {
      camera: [Math.round(view.x * ratio), Math.round(view.y * ratio), view.k * ratio, 0],
      screen: [this.canvas.width, this.canvas.height],
      now,
      inks: this.inks,
    };
    programs.ground.use(uniforms).draw(tables.scopes, gl.TRIANGLES, 6, 4);
    programs.box.use(uniforms, 1).draw(tables.scopes, gl.TRIANGLES, 24, 4);
    if (picture.straight) programs.line.use(uniforms).draw(tables.edges, gl.LINES, 2, 3);
    else programs.edge.use(uniforms).draw(tables.edges, gl.TRIANGLES, 6, 3);
    (picture.far && picture.boxes.length > 16 * 600 ? programs.dot : programs.box)
      .use(uniforms)
      .draw(tables.boxes, gl.TRIANGLES, 6, 4);
    programs.text.use(uniforms).draw(tables.labels, gl.TRIANGLES, 6, 3);
  }

  /** @param {Picture} picture @param {number} scale device px per world px */
  #upload(picture, scale) {
    const { tables } = this;
    if (picture.version !== this.version) {
      tables.scopes.write(picture.scopes.data, picture.scopes.length);
      tables.edges.write(picture.edges.data, picture.edges.length);
      tables.boxes.write(picture.boxes.data, picture.boxes.length);
    }
    this.#setLabels(picture, scale);
    if (this.atlas.full) {
      this.atlas.clear();
      this.#setLabels(picture, scale);
    }
    this.version = picture.version;
    this.scale = scale;
    const dirty = this.atlas.takeDirty();
    if (!dirty) return;
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + ATLAS);
    gl.texSubImage2D(
      gl.TEXTURE_2D,
      0,
      0,
      dirty.top,
      ATLAS_SIZE,
      dirty.rows,
      gl.RED,
      gl.UNSIGNED_BYTE,
      dirty.coverage,
    );
  }

  /** @param {Picture} picture @param {number} scale */
  #setLabels(picture, scale) {
    const { labels } = picture;
    if (this.labelRecords.length < labels.length * 12)
      this.labelRecords = new Float32Array(labels.length * 24);
    let count = 0;
    for (const { text, face, size, x, y, align, room, ink, birth, alpha } of labels) {
      const short = this.atlas.shorten(text, face, room / size);
      if (!short) continue;
      const pixels = Math.round((size * scale) / SIZE_STEP) * SIZE_STEP;
      const glyphs = this.atlas.label(short, face, pixels);
      if (!glyphs) continue;
      const wide = glyphs.width - 2 * ATLAS_PAD;
      const look = [
        x,
        y,
        -align * wide - ATLAS_PAD,
        -glyphs.ascent,
        glyphs.x,
        glyphs.y,
        glyphs.width,
        glyphs.height,
      ];
      this.labelRecords.set(look, count * 12);
      this.labelRecords.set([ink, birth, alpha, scale], count * 12 + 8);
      count++;
    }
    this.tables.labels.write(this.labelRecords, count * 12);
  }

  /** What was last drawn, as a PNG. @returns {Promise<Blob | null>} */
  snapshot() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, 'image/png'));
  }

  destroy() {
    this.gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

/** Records in a float texture. */
class Table {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    this.gl = gl;
    this.texture = texture(gl, gl.NEAREST);
    this.rows = 0;
    this.texels = 0;
  }

  /** @param {Float32Array} data @param {number} length floats */
  write(data, length) {
    const { gl } = this;
    this.texels = length / 4;
    const rows = Math.ceil(this.texels / shaders.RECORD_WIDTH);
    if (!rows) return;
    gl.activeTexture(gl.TEXTURE0 + RECORDS);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    if (rows > this.rows) {
      this.rows = Math.max(rows, this.rows * 2);
      gl.texImage2D(
        gl.TEXTURE_2D,
        0,
        gl.RGBA32F,
        shaders.RECORD_WIDTH,
        this.rows,
        0,
        gl.RGBA,
        gl.FLOAT,
        null,
      );
    }
    const whole = Math.floor(this.texels / shaders.RECORD_WIDTH);
    const width = shaders.RECORD_WIDTH;
    if (whole) gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, whole, gl.RGBA, gl.FLOAT, data, 0);
    const rest = this.texels - whole * width;
    if (rest)
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, whole, rest, 1, gl.RGBA, gl.FLOAT, data, whole * width * 4);
  }
}

/** @typedef {{camera: number[], screen: number[], now: number, inks: Float32Array}} Uniforms */

class Program {
  /** @param {WebGL2RenderingContext} gl @param {string} vertex @param {string} fragment */
  constructor(gl, vertex, fragment) {
    this.gl = gl;
    this.program = gl.createProgram();
    gl.attachShader(this.program, compile(gl, gl.VERTEX_SHADER, vertex));
    gl.attachShader(this.program, compile(gl, gl.FRAGMENT_SHADER, fragment));
    gl.linkProgram(this.program);
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS))
      throw new Error(gl.getProgramInfoLog(this.program) ?? 'link');
    const at = (/** @type {string} */ name) => gl.getUniformLocation(this.program, name);
    this.at = {
      camera: at('camera'),
      screen: at('screen'),
      now: at('now'),
      frame: at('frame'),
      inks: at('inks'),
      records: at('records'),
      atlas: at('atlas'),
      atlasSize: at('atlasSize'),
    };
  }

  /** @param {Uniforms} uniforms @param {0 | 1} [frame] whether boxes are drawn as frames */
  use({ camera, screen, now, inks }, frame = 0) {
    const { gl, at } = this;
    gl.useProgram(this.program);
    gl.uniform4fv(at.camera, camera);
    gl.uniform2fv(at.screen, screen);
    gl.uniform1f(at.now, now);
    gl.uniform1i(at.frame, frame);
    gl.uniform4fv(at.inks, inks);
    gl.uniform1i(at.records, RECORDS);
    gl.uniform1i(at.atlas, ATLAS);
    gl.uniform1f(at.atlasSize, ATLAS_SIZE);
    return this;
  }

  /** @param {Table} table @param {number} mode @param {number} vertices per record @param {number} texels per record */
  draw(table, mode, vertices, texels) {
    if (!table.texels) return;
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0 + RECORDS);
    gl.bindTexture(gl.TEXTURE_2D, table.texture);
    gl.drawArrays(mode, 0, (table.texels / texels) * vertices);
  }
}

/** @param {WebGL2RenderingContext} gl @param {number} kind @param {string} source */
function compile(gl, kind, source) {
  const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS))
    throw new Error(gl.getShaderInfoLog(shader) ?? 'compile');
  return shader;
}

/** @param {WebGL2RenderingContext} gl @param {number} filter */
function texture(gl, filter) {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return made;
}
