namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Shows that AddGrpc was called, and whether unknown services are answered for already.</summary>
internal sealed class MappedServices
{
    private int _answersUnknownServices;

    /// <summary>True the first time.</summary>
    public bool BeginToAnswerUnknownServices() => Interlocked.Exchange(ref _answersUnknownServices, 1) == 0;
}
