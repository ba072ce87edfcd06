using FineWebTorch.Protos.V1;

namespace FineWebTorch.Worker.Inputs;

/// <summary>Where the bytes of files come from that cannot be opened here.</summary>
internal interface IFileStreams
{
    /// <summary>Delivers a file from the request's offset to its end, in order.</summary>
    Task ReadFileAsync(
        ReadFileRequest request,
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> write,
        CancellationToken cancellation);
}
