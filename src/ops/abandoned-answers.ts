import fp from 'fastify-plugin'

/**
 * Ends the answers that wait behind another one of a pipeline when the client leaves. Node ends the first only, and
 * whoever makes the others would go on: a stream of the app for ever.
 */
export const abandonedAnswers = fp(
  async function abandonedAnswers(app) {
    app.addHook('onRequest', async ({ raw }, { raw: response }) => {
      raw.once('close', () => {
        // The one that has its turn has the socket, and Node's attention.
        if (response.socket !== null || response.writableFinished) return
        response.destroy()
        response.emit('close')
      })
    })
  },
  { name: 'abandoned-answers' },
)
