/** The lists that a student is offered, and the sentences of the one that is chosen. */
const NOT_FOUND = 404;

export class SentenceLists {
  #path;
  #get;

  /** `offer` is what the page came with; `get(path, query)` promises another one, or raises ApiError. */
  constructor(path, offer, get) {
    this.#path = path;
    this.#get = get;
    this.take(offer);
  }

  /** Go by another offer: `lists` with their titles, `chosen` of them, and its `sentences`. */
  take({ lists, chosen, sentences }) {
    Object.assign(this, { lists, chosen, sentences });
  }

  get language() {
    return this.chosen.language;
  }

  get current() {
    return { lists: this.lists, chosen: this.chosen, sentences: this.sentences };
  }

  /** Ask what is offered now; of a list that is no more the first other one. Raises ApiError. */
  async ask(id = this.chosen.id) {
    try {
      return await this.#get(this.#path, { list: id });
    } catch (error) {
      if (error.status !== NOT_FOUND) throw error;
      return this.#get(this.#path);
    }
  }
}

/** Whether of two offers one has other sentences to practise. */
export function practisesOther(one, other) {
  const practised = ({ chosen, sentences }) => JSON.stringify([chosen.id, chosen.language, sentences]);
  return practised(one) !== practised(other);
}
