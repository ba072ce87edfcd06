using System.Threading.Channels;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Control;

/// <summary>Has done what a person asks of a run, whether it is live or lies in its ledger.</summary>
/// <param name="ask">Asks the run's core; answers when the ledger has it.</param>
/// <param name="look">A failed file as it is to be tried again; null where there is nothing to change.</param>
internal sealed class ControlDesk(
    Func<ControlRequest, CancellationToken, Task<ControlAnswer>> ask,
    Func<FileRecord, CancellationToken, Task<LedgerChange.FileReplaced?>> look)
{
    /// <summary>Of a run that this process works on.</summary>
    public static ControlDesk Of(RunLoop loop, RunInput input) => new(
        async (request, cancellationToken) =>
        {
            try
            {
                return await loop.AskAsync<ControlAnswer>(
                    answer => new RunCommand.Control(request, answer), cancellationToken);
            }
            catch (ChannelClosedException)
            {
                return ControlAnswer.Refused("the session of this run's coordinator is at its end");
            }
        },
        async (file, cancellationToken) =>
            await (await InputComparison.OfAsync(file, input.Look(file), cancellationToken))
                .DescribeAsync(input, cancellationToken));

    public async Task<ControlAnswer> DoAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        var answer = await ask(request, cancellationToken);
        if (request is not ControlRequest.Retry || answer.Refusal is not null)
            return answer;
        var files = new List<LedgerChange.FileReplaced>();
        foreach (var file in answer.Files)
        {
            if (await look(file, cancellationToken) is not { } seen)
                continue;
            if (seen.File.Failure is { } failure)
                return ControlAnswer.Refused($"{file.Name} is still of no use: {failure}");
            files.Add(seen);
        }

        var reopened = files.Count == 0 ? answer : await ask(new ControlRequest.Reopen(files), cancellationToken);
        return reopened.Refusal is null ? new ControlAnswer(answer.Done) : reopened;
    }
}
