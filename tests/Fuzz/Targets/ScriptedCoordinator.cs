using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Protos.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>What a step of the coordinator's script is for.</summary>
internal enum Said
{
    Message,
    EndOfStream,
    Location,
    Plan,
    Scores,
    Chunks,
}

/// <summary>
/// Answers a worker's calls from a script, each with the next step that is meant for it; what comes when there is none
/// is turned down.
/// </summary>
/// <param name="confine">Called with each message: paths must not lead a worker out of its folder here.</param>
internal sealed class ScriptedCoordinator(IEnumerable<ScriptStep> steps, Action<IMessage> confine) : CallInvoker
{
    private readonly List<ScriptStep> _steps = [.. steps];
    private readonly TaskCompletionSource _allSaid = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when a stream has been opened after the last message.</summary>
    public Task AllSaid => _allSaid.Task;

    public static Said KindOf(ScriptStep step) => (Said)(step.Kind % 6);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => new(
            new Outgoing<TRequest>(_ => 0), new Stream<TResponse>(this, method, options.CancellationToken),
            Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var kind = typeof(TResponse) == typeof(FileChunk) ? Said.Chunks : Said.Scores;
        var parts = Take(kind) is { } step
            ? Script.Parse(step.Content).Select(part => Parse(method, part.Content))
            : Refuse<TResponse>();
        return new(
            new Incoming<TResponse>(parts),
            Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var step = Take(typeof(TResponse) == typeof(UploadPlan) ? Said.Plan : Said.Location);
        return new(
            Answer(() => step is null ? Refuse<TResponse>().First() : Parse(method, step.Value.Content)),
            Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => new(
            new Outgoing<TRequest>(_ => 0), Task.FromResult((TResponse)(object)new ShardReceipt()),
            Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new NotSupportedException();

    private static Task<T> Answer<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (RpcException refused)
        {
            return Task.FromException<T>(refused);
        }
    }

    private static IEnumerable<T> Refuse<T>() =>
        throw new RpcException(new Status(StatusCode.FailedPrecondition, "the script has no answer"));

    private ScriptStep? Take(params Said[] kinds)
    {
        lock (_steps)
        {
            var index = _steps.FindIndex(step => kinds.Contains(KindOf(step)));
            if (index < 0)
                return null;
            var step = _steps[index];
            _steps.RemoveAt(index);
            return step;
        }
    }

    private TResponse Parse<TRequest, TResponse>(Method<TRequest, TResponse> method, byte[] content)
        where TRequest : class
        where TResponse : class
    {
        try
        {
            IMessage message = method.Name switch
            {
                "Work" => CoordinatorMessage.Parser.ParseFrom(content),
                "ReadFile" => FileChunk.Parser.ParseFrom(content),
                "ReadScores" => WindowScores.Parser.ParseFrom(content),
                "Join" => JoinAnswer.Parser.ParseFrom(content),
                "PlanUpload" => UploadPlan.Parser.ParseFrom(content),
                _ => InputLocation.Parser.ParseFrom(content),
            };
            confine(message);
            return (TResponse)message;
        }
        catch (InvalidProtocolBufferException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "no message"));
        }
    }

    /// <summary>A Work stream: messages up to where the script breaks it. After the last one it stays silent.</summary>
    private sealed class Stream<T>(ScriptedCoordinator owner, object method, CancellationToken aborted)
        : IAsyncStreamReader<T>
    {
        public T Current { get; private set; } = default!;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (owner.Take(Said.Message, Said.EndOfStream) is not { } step)
            {
                owner._allSaid.TrySetResult();
                using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, cancellationToken);
                await Task.Delay(Timeout.Infinite, either.Token);
                return false;
            }

            if (KindOf(step) == Said.EndOfStream)
                return step.Content.Length == 0 ? false
                    : throw new RpcException(new Status((StatusCode)(step.Content[0] % 17), "broken"));
            Current = (T)(object)owner.Parse((Method<WorkerMessage, CoordinatorMessage>)method, step.Content);
            return true;
        }
    }
}
