namespace Grpc.AspNetCore.Server;

/// <summary>What the calls of one service keep to; what is not set is as for all services.</summary>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class
{
}
