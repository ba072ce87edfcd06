namespace Grpc.Core;

/// <summary>The response stream, which ends when the handler returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}
