using System.Runtime.CompilerServices;
using FineWebTorch.Coordinator.Inputs;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Protos.V1;
using Grpc.Core;

namespace FineWebTorch.Coordinator.Sessions;

/// <summary>Reads files for workers that cannot see them: the run's inputs, its model's files and no others.</summary>
internal sealed class FileServer(ModelRecord model, HubInput? hub = null)
{
    /// <summary>In bytes. As many as there are calls are in memory: a fleet may read the model all at once.</summary>
    private const int ChunkSize = 128 << 10;

    /// <param name="input">That the worker asks for and may have; null where it asks for a file of the model.</param>
    /// <exception cref="RpcException">No such file in this run, or it cannot be read.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        ReadFileRequest request, FileRecord? input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = input?.Path ?? FindOfModel(request);
        if (hub is not null && HubPaths.IsHub(path))
        {
            await foreach (var chunk in hub.ReadAsync(path, (long)request.Offset, cancellationToken))
                yield return chunk;
            yield break;
        }

        await using var stream = Open(path, request.Offset);
        while (true)
        {
            // A fresh buffer each time: the one before may still be on its way out.
            var buffer = new byte[ChunkSize];
            var count = await stream.ReadAtLeastAsync(buffer, ChunkSize, throwOnEndOfStream: false, cancellationToken);
            if (count > 0)
                yield return buffer.AsMemory(0, count);
            if (count < ChunkSize)
                yield break;
        }
    }

    /// <summary>The signed address of an input on the Hub.</summary>
    /// <exception cref="RpcException">It has no address that works without the token.</exception>
    public async Task<InputLocation> LocateAsync(FileRecord input, CancellationToken cancellationToken)
    {
        if (hub is null || !HubPaths.IsHub(input.Path))
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "the file is not on the Hub"));
        var found = await hub.LocateAsync(input.Path, cancellationToken);
        if (found.NeedsToken)
            throw new RpcException(new Status(
                StatusCode.FailedPrecondition, "the Hub serves this file to none but the holder of the token"));
        return new InputLocation
        {
            Url = found.Url,
            ExpiresUnixSeconds = found.Expires?.ToUnixTimeSeconds() ?? 0,
            Endpoint = hub.Endpoint.AbsoluteUri,
        };
    }

    /// <summary>Names are looked up, never joined to a path.</summary>
    private string FindOfModel(ReadFileRequest request) =>
        request.FileCase == ReadFileRequest.FileOneofCase.ModelFile &&
        model.Files.Any(file => file.Name == request.ModelFile)
            ? Path.Combine(model.Path, request.ModelFile)
            : throw new RpcException(new Status(StatusCode.NotFound, "the run has no such file"));

    private static FileStream Open(string path, ulong offset)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
            if (offset > (ulong)stream.Length)
                throw new RpcException(new Status(
                    StatusCode.OutOfRange, $"offset {offset} in a file of {stream.Length} bytes"));
            stream.Position = (long)offset;
            return stream;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw new RpcException(new Status(StatusCode.NotFound, exception.Message));
        }
        catch (RpcException)
        {
            stream?.Dispose();
            throw;
        }
    }
}
