using System.Threading.Channels;
using FineWebTorch.Common;
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
        var useless = new List<(string Name, string Reason)>();
        foreach (var file in answer.Files)
        {
            var (seen, fault) = await LookAsync(file, cancellationToken);
            if (fault is not null)
                useless.Add((file.Name, $"{file.Name} is still of no use: {fault}"));
            else if (seen is not null)
                files.Add(seen);
        }

        if (useless.Count == answer.Files.Count)
            return ControlAnswer.Refused(useless[0].Reason);
        var reopened = files.Count == 0 ? answer : await ask(new ControlRequest.Reopen(files), cancellationToken);
        return reopened.Refusal is not null ? reopened
            : new ControlAnswer([.. answer.Done.Except(useless.Select(file => file.Name), StringComparer.Ordinal)])
            {
                Useless = useless.Count > 0 ? [.. useless.Select(file => file.Reason)] : null,
            };
    }

    /// <returns>Nothing where there is nothing to change; else the file, or why it cannot be tried again.</returns>
    private async Task<(LedgerChange.FileReplaced? Seen, string? Fault)> LookAsync(
        FileRecord file, CancellationToken cancellationToken)
    {
        try
        {
            var seen = await look(file, cancellationToken);
            return (seen, seen?.File.Failure);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or UserErrorException)
        {
            return (null, exception.Message);
        }
    }
}
